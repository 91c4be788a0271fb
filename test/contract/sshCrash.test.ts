import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { providers } from '../../src/providers/all';
import { openCore } from '../../src/services/core';
import { bundle } from '../fakes/bundle';
import { processesWith } from '../fakes/processes';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { until } from '../fakes/until';
import { workplace } from '../fakes/workplace';

const never = new AbortController().signal;
const servers: SshdServer[] = [];
let program = '';
let root = '';
let config = '';

beforeAll(async () => {
  program = await bundle('test/fakes/programs/submitOnce.ts');
  for (const address of ['127.0.0.1', '127.0.0.2']) servers.push(await SshdServer.start({ address }));
});
afterAll(async () => {
  for (const server of servers) await server.stop();
  await rm(dirname(program), { recursive: true, force: true });
});
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trainyard-crash-'));
  config = join(root, 'ssh_config');
  await writeFile(
    config,
    servers.map((server, index) => server.configText(['a', 'b'][index] ?? '')).join(''),
  );
});
afterEach(() => rm(root, { recursive: true, force: true, maxRetries: 10 }));

test(
  'killed at any moment of a submit over SSH, the next start shows one job or none, and nothing is left over on the hosts',
  { timeout: 200_000 },
  async () => {
    const home = join(root, 'home');
    const work = join(root, 'work');
    await mkdir(work);
    for (let index = 0; index < 20; index += 1)
      await writeFile(join(work, String(index)), 'x'.repeat(10_000));
    const outcomes: string[] = [];
    /** Milliseconds of a whole submit, which the first round is left to tell: it depends on what else this computer does. */
    let whole = 0;
    const rounds = 12;
    for (let round = 0; round <= rounds; round += 1) {
      const name = `round-${round}`;
      const marker = `ssh-crash-${round}-${process.pid}`;
      const runs = join(root, `${name}.runs`);
      const file = join(root, `${name}.job.yaml`);
      await writeFile(
        file,
        `name: ${name}\nnum_nodes: 2\nworkdir: work\nresources: {infra: "ssh/a,b"}\nenvs: {MARKER: ${marker}}\nrun: |\n  test $SKYPILOT_NODE_RANK = 1 || { echo ran >> '${runs}'; sleep 0.1; }\n`,
      );
      await writeFile(join(work, 'new'), name);
      const child = spawn(process.execPath, [program, home, file, config], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'close');
      await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
      expect(child.exitCode).toBeNull();
      const from = performance.now();
      if (round > 0) {
        await Promise.race([delay((whole * (round - 1)) / (rounds - 2)), ended]);
        child.kill('SIGKILL');
      }
      await ended;
      whole ||= performance.now() - from;
      const place = workplace({ 'trainyard.ssh.configFile': config });
      const core = await openCore({ ...place, home, providers });
      try {
        await until('it is settled', () => core.jobs.list().every((job) => job.rawState !== 'submitting'));
        const jobs = core.jobs.list();
        expect(jobs.length).toBeLessThanOrEqual(1);
        for (const job of jobs) expect((await core.jobs.ended(job.id, never)).state).toBe('succeeded');
        await until('no process is left', () => processesWith(marker).length === 0);
        expect(await readFile(runs, 'utf8').catch(() => '')).toBe('ran\n'.repeat(jobs.length));
        if (round > 0) outcomes.push(`${jobs.length}`);
        for (const job of jobs) await core.jobs.delete(job.id, never);
        for (const server of servers) {
          const folders = join(server.home, '.trainyard/jobs');
          for (const folder of await readdir(folders).catch(() => []))
            expect(await readdir(join(folders, folder))).toEqual(['claim']);
        }
      } finally {
        core.dispose();
      }
    }
    // Cut off before and after the job existed, or this test says little.
    expect(new Set(outcomes)).toEqual(new Set(['0', '1']));
  },
);
