import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Makes this Node look like one before `node:sqlite`; not handed on to the Node that is started instead. */
const old = ['--no-experimental-sqlite'];
const system = process.platform === 'win32' ? 'win' : process.platform;

let folder: string;
let program: string;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'trainyard-node-')));
  program = join(folder, 'dist', 'cli.js');
  mkdirSync(dirname(program));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  await build({
    stdin: {
      contents: `
        import { ensureModernNode } from './src/node/modernNode';
        await ensureModernNode(process.argv);
        const { DatabaseSync } = await import('node:sqlite');
        const two = new DatabaseSync(':memory:').prepare('select 1 + 1 as two').get().two;
        const [verb] = process.argv.slice(2);
        if (verb === 'wait') {
          process.once('SIGINT', () => setTimeout(() => process.exit(130), 100));
          console.log(process.pid);
          setInterval(() => {}, 1000);
        } else {
          console.log(JSON.stringify({ two, args: process.argv.slice(2), mark: process.env.TRAINYARD_RESTARTED ?? null }));
          process.exitCode = Number(verb ?? 0);
        }`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
  });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function withNode() {
  const bin = join(folder, 'node_modules', `node-${system}-${process.arch}`, 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(process.execPath, join(bin, process.platform === 'win32' ? 'node.exe' : 'node'));
}

function withoutNode() {
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
}

async function run(...args: string[]) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, ended] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { out, err, code: ended[0] as number };
}

/** Starts the program so that it restarts itself, and gives both processes. */
async function waiting(): Promise<{ child: ChildProcess; inner: number }> {
  const child = spawn(process.execPath, [...old, program, 'wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, inner: Number(line.toString()) };
}

describe('a Node without node:sqlite', () => {
  it('runs the program under the Node that npm installed beside it, with its arguments and exit code', async () => {
    withNode();
    const { out, err, code } = await run(...old, program, '3', 'a b', '--json');
    expect(JSON.parse(out)).toEqual({ two: 2, args: ['3', 'a b', '--json'], mark: null });
    expect(err).toBe('');
    expect(code).toBe(3);
    withoutNode();
  });

  it('says what to install when there is no other, and ends with exit code 2', async () => {
    const { out, err, code } = await run(...old, program, '0');
    expect(out).toBe('');
    expect(err).toMatch(/^Trainyard needs Node 22\.13 or later .*Install it .*\n$/);
    expect(code).toBe(2);
  });

  it('hands signals on, and gives the exit code that they led to', async () => {
    withNode();
    const { child } = await waiting();
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
    withoutNode();
  });

  it('takes one Ctrl+C, which a terminal sends to both processes, for one', async () => {
    withNode();
    const { child, inner } = await waiting();
    process.kill(inner, 'SIGINT');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
    withoutNode();
  });

  it('takes the other process with it when it is killed', async () => {
    withNode();
    const { child, inner } = await waiting();
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => isAlive(inner), { timeout: 10_000 }).toBe(false);
    withoutNode();
  });
});

describe('a Node with node:sqlite', () => {
  it('runs the program itself, without the warning that SQLite is experimental', async () => {
    const { out, err, code } = await run(program, '0');
    expect(JSON.parse(out)).toMatchObject({ two: 2 });
    expect(err).toBe('');
    expect(code).toBe(0);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
