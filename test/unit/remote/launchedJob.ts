import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import type { TestContext } from 'vitest';

const remote = resolve('src/remote');

export interface Shell {
  readonly name: string;
  /** A folder with `sh` and `awk` (links), to go first in PATH. */
  readonly bin: string;
}

/** The launcher reads /proc to find processes, and so do these tests. */
export const linux = existsSync('/proc/self/environ');

function program(...names: string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => existsSync(file));
}

/** The shells that this machine has, each with an awk of another make where there is one. bash called `sh` is in its POSIX mode. */
export const shells: readonly Shell[] = [
  { name: 'dash', sh: program('dash'), awk: program('mawk', 'awk') },
  { name: 'bash', sh: program('bash'), awk: program('gawk', 'awk') },
  { name: 'busybox', sh: program('busybox'), awk: program('busybox') },
].flatMap(({ name, sh, awk }) => {
  if (sh === undefined || awk === undefined) return [];
  const bin = mkdtempSync(join(tmpdir(), `trainyard-${name}-`));
  process.once('exit', () => {
    rmSync(bin, { recursive: true, force: true });
  });
  symlinkSync(sh, join(bin, 'sh'));
  symlinkSync(awk, join(bin, 'awk'));
  return [{ name, bin }];
});

export interface TelemetryRecord {
  readonly v: number;
  readonly t: number;
  readonly node: number;
  readonly kind: string;
  readonly [key: string]: unknown;
}

/** Waits until `found` gives something; polls, with a deadline that fails the test. */
export async function until<T>(
  what: string,
  found: () => T | undefined | false,
  deadlineMs = 15_000,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const value = found();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`gave up waiting for: ${what}`);
    await new Promise((done) => setTimeout(done, 15));
  }
}

export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

export function parseTelemetry(text: string): TelemetryRecord[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('##trainyard '))
    .map((line) => JSON.parse(line.slice('##trainyard '.length)) as TelemetryRecord);
}

/** A job folder in the temporary folder, run by the real scripts. When the test ends, so does everything that it started. */
export class LaunchedJob {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;

  constructor(
    shell: Shell,
    options: {
      run?: string;
      setup?: string;
      nodes?: number;
      env?: NodeJS.ProcessEnv;
      name?: string;
      test: TestContext;
    },
  ) {
    const { run, setup, nodes = 1, env = {}, name = 'job', test } = options;
    const home = mkdtempSync(join(tmpdir(), 'trainyard-job-'));
    this.folder = join(home, name);
    for (let rank = 0; rank < nodes; rank++)
      mkdirSync(join(this.folder, 'nodes', String(rank), 'workdir'), { recursive: true });
    if (run !== undefined) this.write('run.sh', run);
    if (setup !== undefined) this.write('setup.sh', setup);
    this.env = {
      PATH: [shell.bin, process.env.PATH].join(delimiter),
      HOME: home,
      TRAINYARD_NUM_NODES: String(nodes),
      TRAINYARD_GPUS_PER_NODE: '0',
      TRAINYARD_GRACE_SECONDS: '5',
      TRAINYARD_SAMPLE_SECONDS: '1',
      // Everything that comes of this job keeps it, the launcher included.
      TEST_HOME: home,
      ...env,
    };
    test.onTestFinished(async () => {
      await until('every process to be gone', () => {
        const left = this.processes();
        for (const pid of left) kill(pid, 'SIGKILL');
        return left.length === 0;
      });
      rmSync(home, { recursive: true, force: true });
    });
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Puts the fake nvidia-smi in PATH, showing `csv` for a query and `gpus` GPUs in its list. */
  fakeGpus(csv: string | Uint8Array, gpus = 1): FakeGpus {
    const folder = join(this.folder, 'gpus');
    const bin = join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    symlinkSync(resolve('test/fakes/nvidia-smi'), join(bin, 'nvidia-smi'));
    this.env.FAKE_GPUS = folder;
    this.env.PATH = [bin, this.env.PATH].join(delimiter);
    const fake = new FakeGpus(folder);
    fake.set('csv', csv);
    fake.set('list', Array.from({ length: gpus }, (_, i) => `GPU ${i}: Fake (UUID: GPU-${i})\n`).join(''));
    return fake;
  }

  /** Starts nodes.sh, as the editor does. */
  start(...args: string[]): ChildProcess {
    const child = spawn('sh', [join(remote, 'nodes.sh'), this.folder, ...args], {
      env: this.env,
      stdio: 'ignore',
      detached: true,
    });
    return child;
  }

  /** Runs the job to its end; nodes.sh's exit status. */
  async run(): Promise<number | null> {
    return exitOf(this.start());
  }

  /** Starts launch.sh alone, with one stream and no job folder, as a cloud does. */
  stream(): ChildProcess {
    const env = {
      ...this.env,
      TRAINYARD_JOB_ID: 'job-1',
      TRAINYARD_RUN: join(this.folder, 'run.sh'),
      TRAINYARD_WORKDIR: join(this.folder, 'nodes/0/workdir'),
    };
    return spawn('sh', [join(remote, 'launch.sh')], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
  }

  path(name: string, node = 0): string {
    return join(this.folder, 'nodes', String(node), name);
  }

  read(name: string, node = 0): string {
    return existsSync(this.path(name, node)) ? readFileSync(this.path(name, node), 'utf8') : '';
  }

  log(node = 0): string {
    return this.read('log', node);
  }

  telemetry(node = 0): TelemetryRecord[] {
    const text = this.read('telemetry', node);
    return parseTelemetry(text.slice(0, text.lastIndexOf('\n') + 1));
  }

  records(kind: string, node = 0): TelemetryRecord[] {
    return this.telemetry(node).filter((record) => record.kind === kind);
  }

  exit(node = 0): TelemetryRecord | undefined {
    const text = this.read('exit', node);
    return text === '' ? undefined : (JSON.parse(text) as TelemetryRecord);
  }

  /** Waits for text in the log: how a script tells that it came so far. */
  async said(text: string, node = 0): Promise<void> {
    await until(`"${text}" in the log of node ${node}`, () => this.log(node).includes(text));
  }

  async ended(node = 0): Promise<TelemetryRecord> {
    return until(`the exit of node ${node}`, () => this.exit(node));
  }

  launcher(node = 0): number {
    return Number(this.read('pid', node).split(' ')[0]);
  }

  /** Pids of all that this job started and that lives, those whose environment holds `mark` only if given. */
  processes(mark = `TEST_HOME=${String(this.env.TEST_HOME)}`): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        try {
          return (
            isAlive(pid) &&
            readFileSync(`/proc/${pid}/environ`, 'latin1')
              .split('\0')
              .some((entry) => entry.startsWith(mark))
          );
        } catch {
          return false;
        }
      });
  }

  /** What a process was started with, '' when it has ended. */
  static command(pid: number): string {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
    } catch {
      return '';
    }
  }

  samplers(): number[] {
    const launcher = this.launcher();
    return ['host', 'gpu'].flatMap((kind) => this.processes(`TRAINYARD_NODE_TOKEN=${kind}-${launcher}-`));
  }
}

export class FakeGpus {
  constructor(readonly folder: string) {}

  set(name: string, content: string | Uint8Array): void {
    writeFileSync(join(this.folder, name), content);
  }

  asked(): string[] {
    const file = join(this.folder, 'asked');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }
}

export async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
