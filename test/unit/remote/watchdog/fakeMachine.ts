import { execFile, execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'vitest';
import type { Shell } from '../launchedJob';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `watchdog.sh status` prints. */
export interface Status {
  readonly armed: boolean;
  readonly age: number | null;
  readonly loop: boolean;
  readonly idle: number;
  readonly kept: readonly string[];
  readonly stopsIn: number | null;
  readonly why: string;
  readonly warned: number;
  readonly hold: number;
  readonly lease: number;
  readonly failures: number;
  readonly failure: string;
  readonly problem: string;
}

const scripts = readdirSync('src/remote').filter((name) => /^(watchdog.*|processes|records)\.sh$/.test(name));

/** Sets the machine's clock and counters; the values are $up, $used (µs of processors) and $bytes. */
const tell = String.raw`
printf '%s.00 1.00\n' "$up" >"$root/proc/uptime"
printf 'usage_usec %s\nuser_usec 1\n' "$used" >"$root/sys/fs/cgroup/cpu.stat"
printf 'Inter-| Receive\n face |bytes\n    lo: 99%s 0 0 0 0 0 0 0 99 0\n  eth0: %s 0 0 0 0 0 0 0 0 0\n' "$bytes" "$bytes" >"$root/proc/net/dev"`;

/**
 * The real script with another last line: looks TIMES times, lets so much time, use and traffic pass before each, and prints the
 * status. A process for each look would cost ten times as much. What it remembers goes by way of its file all the same.
 */
const looks = readFileSync('src/remote/watchdog.sh', 'utf8').replace(
  /^main "\$@"; exit\n$/m,
  `find_places
times=$1 seconds=$2 more_used=$3 more_bytes=$4 up=$5 used=$6 bytes=$7
while [ "$times" -gt 0 ]; do
  times=$((times - 1)) up=$((up + seconds)) used=$((used + more_used)) bytes=$((bytes + more_bytes))${tell}
  ( if read_config || [ -n "$problem" ]; then tick; fi )
done
status; exit
`,
);

/** All that could really stop the computer that runs the tests is a fake here, and first in PATH. */
const stoppers = ['shutdown', 'systemctl', 'sudo'];

/**
 * A machine with a clock, processors, terminals and GPUs of the test's own, and the real watchdog on it. Its clock moves only by
 * `look`: nothing here waits for an hour to pass.
 */
export class FakeMachine {
  readonly root = mkdtempSync(join(tmpdir(), 'trainyard-watchdog-'));
  readonly home = join(this.root, 'home');
  readonly folder = join(this.home, '.trainyard/watchdog');
  readonly bin = join(this.root, 'bin');
  readonly env: Record<string, string>;
  uptime = 10_000;
  private processors = 0;
  private bytes = 0;

  constructor(
    readonly shell: Shell,
    test: TestContext,
    config: Readonly<Record<string, string | number>> = {},
  ) {
    for (const folder of [
      'proc/sys/kernel/random',
      'proc/net',
      'dev/shm',
      'dev/pts',
      'etc',
      'sys/fs/cgroup',
      'bin',
    ])
      mkdirSync(join(this.root, folder), { recursive: true });
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    for (const name of scripts) copyFileSync(join('src/remote', name), join(this.folder, name));
    writeFileSync(join(this.folder, 'looks.sh'), looks);
    this.write('etc/machine-id', '0123\n');
    this.reboot(this.uptime);
    this.use(0, 0);
    this.configure(config);
    for (const name of stoppers) this.program(name, `echo "${name} $*" >>"${this.root}/stops"; exit 0`);
    this.env = {
      PATH: [this.bin, shell.bin, process.env.PATH].join(delimiter),
      HOME: this.home,
      TRAINYARD_WATCHDOG_ROOT: this.root,
    };
    test.onTestFinished(() => {
      rmSync(this.root, { recursive: true, force: true });
    });
  }

  /** An hour's limit, a minute between looks, no grace after the start: unless `config` says otherwise. */
  configure(config: Readonly<Record<string, string | number>>): void {
    const values = {
      MACHINE: '0123',
      IDLE_SECONDS: 3600,
      INTERVAL: 60,
      BOOT_GRACE: 0,
      GPU_TIMEOUT: 5,
      ...config,
    };
    const lines = Object.entries(values).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(join(this.folder, 'config'), lines.join(''));
  }

  write(path: string, content: string): void {
    writeFileSync(join(this.root, path), content);
  }

  read(path: string): string {
    const file = join(this.root, path);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  program(name: string, body: string): void {
    writeFileSync(join(this.bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(this.bin, name), 0o755);
  }

  reboot(uptime: number, id = `boot-${uptime}`): void {
    this.uptime = uptime;
    this.write('proc/sys/kernel/random/boot_id', `${id}\n`);
    this.tell();
  }

  /** Lets time pass, used by `cores` of processors and a `rate` in bytes a second. */
  use(seconds: number, cores: number, rate = 0): void {
    this.uptime += seconds;
    this.processors += cores * seconds * 1e6;
    this.bytes += rate * seconds;
    this.write('sys/fs/cgroup/cpu.stat', `usage_usec ${Math.round(this.processors)}\nuser_usec 1\n`);
    this.write(
      'proc/net/dev',
      `Inter-| Receive\n face |bytes\n    lo: 99${this.bytes} 0 0 0 0 0 0 0 99 0\n  eth0: ${this.bytes} 0 0 0 0 0 0 0 0 0\n`,
    );
    this.tell();
  }

  /** A key is pressed on that terminal. `at`: its access time, in seconds. */
  key(terminal: number, at: number): void {
    const file = join(this.root, 'dev/pts', String(terminal));
    if (!existsSync(file)) writeFileSync(file, '');
    utimesSync(file, at, 1);
  }

  /** A GPU tool whose query prints `rows`, as often as it is asked. */
  gpus(rows: string, exit = 0): void {
    this.write('gpu.rows', rows.endsWith('\n') ? rows : `${rows}\n`);
    this.program(
      'nvidia-smi',
      `echo "$*" >>"${this.root}/asked"; for i in 1 2 3; do cat "${this.root}/gpu.rows"; done; exit ${exit}`,
    );
  }

  /** AMD's GPUs, of which that tool prints this. */
  amdGpus(tool: 'rocm-smi' | 'amd-smi', json: string): void {
    mkdirSync(join(this.root, 'sys/module/amdgpu'), { recursive: true });
    this.write(tool, json);
    this.program(tool, `echo "$*" >>"${this.root}/asked"; cat "${this.root}/${tool}"`);
  }

  /** Looks `times` times, `seconds` before each, and gives the status after that. */
  async look(times = 1, seconds = 60, cores = 0, rate = 0): Promise<Status> {
    const used = cores * seconds * 1e6;
    const bytes = rate * seconds;
    const words = [times, seconds, used, bytes, this.uptime, this.processors, this.bytes].map(Math.round);
    this.uptime += times * seconds;
    this.processors += times * used;
    this.bytes += times * bytes;
    return JSON.parse((await this.start('looks.sh', words.map(String))).stdout) as Status;
  }

  async status(): Promise<Status> {
    return JSON.parse((await this.run('status')).stdout) as Status;
  }

  run(...words: string[]): Promise<Ended> {
    return this.start('watchdog.sh', words);
  }

  /** The stop commands that were run. */
  stops(): string[] {
    return this.read('stops').split('\n').filter(Boolean);
  }

  journal(): string {
    return this.read('home/.trainyard/watchdog/journal');
  }

  /** The user's own stop command. */
  ownStop(command: string, mode = 0o600): void {
    const file = join(this.folder, 'stop');
    appendFileSync(file, `${command}\n`);
    chmodSync(file, mode);
  }

  shm(name: string): string {
    const sum = execFileSync('cksum', { input: this.folder, encoding: 'utf8' }).split(' ')[0] ?? '';
    return `dev/shm/trainyard-watchdog-${userInfo().uid}-${sum}/${name}`;
  }

  private start(script: string, words: readonly string[]): Promise<Ended> {
    return new Promise((done) => {
      execFile('sh', [join(this.folder, script), ...words], { env: this.env }, (error, stdout, stderr) => {
        done({ code: error ? Number(error.code) : 0, stdout, stderr });
      });
    });
  }

  private tell(): void {
    this.write('proc/uptime', `${this.uptime}.00 1.00\n`);
  }
}
