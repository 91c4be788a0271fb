import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { CancelledError } from '../../../src/core/errors';
import { isAlive, run, startDetached, startToken, thisProcess } from '../../../src/node/process';

const node = process.execPath;
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-process-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a program gets its words exactly, and its output and code come back', async () => {
  const words = ['a b', '$HOME', `'"`, '', '*', '\n'];
  const script = 'console.log(JSON.stringify(process.argv.slice(1))); console.error("oops"); process.exit(3)';
  const result = await run([node, '-e', script, '--', ...words]);
  expect(JSON.parse(result.stdout)).toEqual(words);
  expect(result).toMatchObject({ code: 3, stderr: 'oops\n', timedOut: false });
});

test('it gets the environment that is given, and no other', async () => {
  const { stdout } = await run([node, '-p', 'JSON.stringify(process.env)'], {
    env: { A: '1', B: undefined },
  });
  expect(JSON.parse(stdout)).toEqual({ A: '1' });
});

test('a program that is not there is the system’s error', async () => {
  await expect(run([join(folder, 'missing')])).rejects.toMatchObject({ code: 'ENOENT' });
});

test('one that takes too long is killed, one that is not wanted any more too', async () => {
  const before = performance.now();
  const forever: [string, ...string[]] = [node, '-e', 'setInterval(() => {}, 1000)'];
  expect(await run(forever, { timeout: 100 })).toMatchObject({ code: null, timedOut: true });
  const cancel = new AbortController();
  const running = run(forever, { signal: cancel.signal });
  cancel.abort();
  await expect(running).rejects.toBeInstanceOf(CancelledError);
  expect(performance.now() - before).toBeLessThan(5000);
});

test('output beyond the limit is dropped, and the program still ends', async () => {
  const { stdout, code } = await run([node, '-e', 'process.stdout.write("x".repeat(5e6))'], {
    maxBytes: 1000,
  });
  expect(stdout).toBe('x'.repeat(1000));
  expect(code).toBe(0);
});

test('a detached program has a session of its own, no terminal and no pipes to whoever started it', async () => {
  const file = join(folder, 'out');
  const script = `
    const links = [0, 1, 2].map((fd) => require('fs').readlinkSync('/proc/self/fd/' + fd));
    const session = require('fs').readFileSync('/proc/self/stat', 'latin1').split(') ')[1].split(' ')[3];
    require('fs').writeFileSync(${JSON.stringify(file)}, JSON.stringify({ links, session: Number(session) }));
    process.exit(7)`;
  const { pid, ended } = await startDetached([node, '-e', script], { cwd: folder, env: process.env });
  expect(await ended).toBe(7);
  if (process.platform === 'linux')
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      links: Array(3).fill('/dev/null'),
      session: pid,
    });
  const missing = startDetached([join(folder, 'missing')], { cwd: folder, env: {} });
  await expect(missing).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a process is told from another that has its pid, and from its own zombie', async () => {
  const own = await thisProcess();
  expect(own.pid).toBe(process.pid);
  expect(await isAlive(own)).toBe(true);
  expect(await isAlive({ pid: process.pid, token: '1' })).toBe(false);
  expect(await isAlive({ pid: process.pid, token: '' })).toBe(false);
  for (const pid of [0, -1, NaN, 2 ** 22 + 1]) expect(await startToken(pid)).toBeUndefined();
  const child = spawn(node, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const identity = { pid: child.pid ?? 0, token: (await startToken(child.pid ?? 0)) ?? '' };
  expect(await isAlive(identity)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await isAlive(identity)).toBe(false);
});

test.skipIf(process.platform === 'win32')(
  'a process of which the system says nothing is not taken for ended',
  async () => {
    const { platform, env } = process;
    const { PATH } = env;
    onTestFinished(() => {
      Object.defineProperty(process, 'platform', { value: platform });
      env.PATH = PATH;
    });
    // As one that is killed because it takes too long.
    await writeFile(join(folder, 'ps'), '#!/bin/sh\nkill -KILL $$\n', { mode: 0o755 });
    Object.defineProperty(process, 'platform', { value: 'darwin' });
    env.PATH = `${folder}:${PATH ?? ''}`;
    await expect(isAlive({ pid: process.pid, token: '1' })).rejects.toMatchObject({ kind: 'unavailable' });
    await writeFile(join(folder, 'ps'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    expect(await isAlive({ pid: process.pid, token: '1' })).toBe(false);
  },
);

test.skipIf(process.platform !== 'linux')('the start token is the one that the launcher writes', async () => {
  const script = '. src/remote/processes.sh; start_time $PPID; printf %s "$start_time"';
  const { stdout } = await run(['sh', '-c', script]);
  expect(stdout).toBe((await thisProcess()).token);
  expect(readFileSync('/proc/self/stat', 'utf8')).toContain(` ${stdout} `);
});
