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
import { LocalMachine } from './localMachine';
import { until } from './until';

export interface WatchedOptions {
  /** A folder with `sh` and `awk`, to go first in PATH. */
  readonly bin?: string;
  /** Seconds for which the sampler stays without readers. */
  readonly linger?: number;
  /** Whether there is a (fake) nvidia-smi. */
  readonly gpus?: boolean;
}

/** This computer as a machine with a home, a sampler and GPUs of its own. */
export class WatchedMachine extends LocalMachine {
  private constructor(
    home: string,
    env: Readonly<Record<string, string>>,
    private readonly folder: string,
  ) {
    super(home, env);
  }

  static make({ bin, linger = 2, gpus = true }: WatchedOptions = {}): WatchedMachine {
    const folder = mkdtempSync(join(tmpdir(), 'trainyard-watched-'));
    for (const name of ['home', 'gpus', 'bin', 'memory']) mkdirSync(join(folder, name));
    if (gpus) symlinkSync(resolve('test/fakes/nvidia-smi'), join(folder, 'bin', 'nvidia-smi'));
    return new WatchedMachine(
      join(folder, 'home'),
      {
        PATH: [...(bin === undefined ? [] : [bin]), join(folder, 'bin'), process.env.PATH ?? ''].join(
          delimiter,
        ),
        FAKE_GPUS: join(folder, 'gpus'),
        TRAINYARD_SAMPLER_ROOT: join(folder, 'memory'),
        TRAINYARD_SAMPLER_LINGER: String(linger),
        TRAINYARD_SAMPLER_PATIENCE: '3',
        // Everything that comes of this machine keeps it.
        TEST_WATCHED: folder,
      },
      folder,
    );
  }

  /** What the fake nvidia-smi shows; see there. */
  show(name: string, content: string | Uint8Array): void {
    writeFileSync(join(this.folder, 'gpus', name), content);
  }

  hide(name: string): void {
    rmSync(join(this.folder, 'gpus', name), { force: true });
  }

  /** Of a file of the machine's: `bin`, `gpus`, `memory`, and what is in them. */
  path(name: string): string {
    return join(this.folder, name);
  }

  /** Starts of the fake nvidia-smi. */
  asked(): readonly string[] {
    const file = join(this.folder, 'gpus', 'asked');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** A program of that name on the machine's PATH. */
  program(name: string, text: string): void {
    writeFileSync(join(this.folder, 'bin', name), text, { mode: 0o755 });
  }

  /** Paths of what lies in the sampler's memory. */
  memory(): readonly string[] {
    return readdirSync(join(this.folder, 'memory'), { recursive: true, encoding: 'utf8' });
  }

  /** When the complete samples that the sampler's file holds were taken, in unix milliseconds. */
  kept(): readonly number[] {
    const file = this.memory().find((name) => name.endsWith('stream'));
    const text = file === undefined ? '' : read(join(this.folder, 'memory', file));
    return [...text.matchAll(/^H .*"t":(\d+)(?=[^]*?^\.$)/gm)].map(([, t]) => Number(t));
  }

  /** Pids of what runs because of this machine and whose words hold `words`. */
  processes(words = ''): readonly number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        const stat = read(`/proc/${pid}/stat`);
        const alive = stat !== '' && !/\) [ZX] /.test(stat);
        const own = read(`/proc/${pid}/environ`).split('\0').includes(`TEST_WATCHED=${this.folder}`);
        return alive && own && read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').includes(words);
      })
      .map(Number);
  }

  /** Pids of the samplers themselves: leaders of their sessions. */
  samplers(): readonly number[] {
    return this.processes('machine.sh sample').filter((pid) => {
      const stat = read(`/proc/${pid}/stat`);
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3] === String(pid);
    });
  }

  async delete(): Promise<void> {
    await until('nothing of the machine to run', () => {
      const left = this.processes();
      for (const pid of left) kill(pid);
      return left.length === 0;
    });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A negative number ends a process group. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
