import {
  execFileSync,
  spawn,
  type ChildProcess,
  type ChildProcessByStdio,
  type SpawnOptions,
} from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants as files, openSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { processesWith } from '../../processes';
import { until } from '../../until';
import { canIsolate, isolating } from './isolation';

/** One of a job's machines, as far as this computer can be several: a folder that is its /opt/ml, an address, and a program. */
export interface HostPlace {
  /** Such as `algo-1`. */
  readonly name: string;
  /** All hosts of the job with their addresses. */
  readonly addresses: ReadonlyMap<string, string>;
}

/**
 * Runs a program as a training container does. Where the system lets it, in namespaces of its own: its folder is at /opt/ml, it is process
 * number 1, and the names of the hosts are known. Elsewhere its paths are written out: `TRAINYARD_ML` in place of /opt/ml, and
 * `TRAINYARD_NODE_IPS` in place of names.
 */
export class Host {
  private child: ChildProcess | undefined;
  private reader: ChildProcessByStdio<null, Readable, null> | undefined;

  private constructor(
    readonly place: HostPlace,
    /** Not in this computer's /opt. */
    readonly folder: string,
  ) {}

  static async make(place: HostPlace): Promise<Host> {
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-sagemaker-'));
    const host = new Host(place, folder);
    for (const part of ['input/config', 'input/data', 'model', 'output/data', 'code'])
      await mkdir(join(host.ml, part), { recursive: true });
    const lines = [...place.addresses].map(([name, address]) => `${address} ${name}\n`);
    await writeFile(join(folder, 'hosts'), `127.0.0.1 localhost\n::1 localhost\n${lines.join('')}`);
    return host;
  }

  /** What is /opt/ml to the program. */
  get ml(): string {
    return join(this.folder, 'ml');
  }

  /** Path on this computer of one in the container. */
  path(inContainer: string): string {
    if (!inContainer.startsWith('/opt/ml/')) throw new Error(`Not below /opt/ml: ${inContainer}`);
    return join(this.ml, inContainer.slice('/opt/ml/'.length));
  }

  /** Starts the program. Gives what it writes, both outputs in one stream. */
  start(words: readonly string[], environment: Readonly<Record<string, string>>): Readable {
    const pipe = makePipe(join(this.folder, 'log'));
    const reader = spawn('cat', { stdio: [pipe.out, 'pipe', 'ignore'] }) as ChildProcessByStdio<
      null,
      Readable,
      null
    >;
    this.reader = reader;
    const options: SpawnOptions = { detached: true, stdio: ['ignore', pipe.in, pipe.in] };
    if (canIsolate()) {
      const [program = '', ...rest] = isolating;
      const inside = ['sh', resolve('test/fakes/aws/sagemaker/host.sh'), this.folder, this.place.name];
      // What unshare itself says, such as when its child is killed before it, is not of the job.
      const stdio: SpawnOptions['stdio'] = ['ignore', pipe.in, 'ignore'];
      this.child = spawn(program, [...rest, ...inside, ...words], { ...options, stdio, env: environment });
    } else {
      const own = (text: string) => text.replaceAll('/opt/ml', this.ml);
      const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, own(value)]));
      const ips = [...this.place.addresses.values()].join('\n');
      const [program = '', ...rest] = words.map(own);
      this.child = spawn(program, rest, {
        ...options,
        cwd: this.folder,
        env: { ...env, TRAINYARD_ML: this.ml, TRAINYARD_NODE_IPS: ips, TRAINYARD_FAKE_HOST: this.folder },
      });
    }
    closeSync(pipe.in);
    closeSync(pipe.out);
    hosts.add(this);
    return reader.stdout;
  }

  /** Exit code of the program once it and all that it started have ended; 128 and the number of a signal that ended it. */
  async ended(): Promise<number> {
    const { child } = this;
    if (!child) throw new Error('Not started');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    this.kill();
    await until('nothing of a host runs', () => this.processes().length === 0);
    return child.exitCode ?? 128 + constants.signals[child.signalCode ?? 'SIGKILL'];
  }

  /**
   * SIGTERM to the program alone, as `docker stop` does. Once it has had half a second to set its traps: a job on SageMaker has minutes,
   * and process number 1 never hears of a signal that it has no trap for.
   */
  async terminate(): Promise<void> {
    await until('the program hears of SIGTERM', () => this.hears() || undefined, 500).catch(() => undefined);
    const pid = this.program();
    if (pid !== undefined) send(pid, 'SIGTERM');
  }

  /** Ends all that runs here, at once. */
  kill(): void {
    if (this.child?.exitCode === null && this.child.signalCode === null) {
      const program = this.program();
      if (program !== undefined) send(program, 'SIGKILL');
      // With its namespace all in it ends.
      if (canIsolate() && this.child.pid !== undefined) send(this.child.pid, 'SIGKILL');
    }
    for (const pid of this.processes()) send(pid, 'SIGKILL');
  }

  /** Ends what is left and removes its files. */
  async remove(): Promise<void> {
    this.kill();
    hosts.delete(this);
    this.reader?.kill('SIGKILL');
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  private hears(): boolean {
    if (this.child?.exitCode !== null || this.child.signalCode !== null) return true;
    const [, caught] = /^SigCgt:\t(\w+)$/m.exec(read(`/proc/${this.program() ?? 0}/status`)) ?? [];
    return (
      caught !== undefined && (BigInt(`0x${caught}`) & (1n << BigInt(constants.signals.SIGTERM - 1))) !== 0n
    );
  }

  private program(): number | undefined {
    const pid = this.child?.pid;
    if (pid === undefined || !canIsolate()) return pid;
    const [child] = read(`/proc/${pid}/task/${pid}/children`).split(' ');
    return child === undefined || child === '' ? undefined : Number(child);
  }

  /** With namespaces the system ends them itself. */
  private processes(): readonly number[] {
    return canIsolate() ? [] : processesWith(`TRAINYARD_FAKE_HOST=${this.folder}`);
  }
}

const hosts = new Set<Host>();
process.on('exit', () => {
  for (const host of hosts) host.kill();
});

/** A pipe as a shell makes one: what Node makes for a child is a socket, and `echo >/dev/stderr` fails. */
function makePipe(path: string): { readonly in: number; readonly out: number } {
  execFileSync('mkfifo', [path]);
  // Each end waits for the other one, but not for this.
  const both = openSync(path, files.O_RDWR | files.O_NONBLOCK);
  const pipe = { in: openSync(path, files.O_WRONLY), out: openSync(path, files.O_RDONLY) };
  closeSync(both);
  rmSync(path);
  return pipe;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
