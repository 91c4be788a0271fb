import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Watchdogs } from '../../../../src/services/watchdog/watchdogs';
import { ActivityLease } from '../../../../src/services/watchdog/activityLease';
import { LocalMachine } from '../../../fakes/localMachine';
import { until } from '../../../fakes/until';
import { isAlive, kill, linux } from '../../remote/launchedJob';

const signal = new AbortController().signal;
const hour = { idleMinutes: 60, maxLifetimeHours: null };

describe.skipIf(!linux)('the watchdogs of machines', () => {
  it('arm: the scripts are there for their user alone, run, and tell what they mean to do', async () => {
    const { machine, watchdogs, home } = aMachine();
    const state = await watchdogs.arm(machine, { idleMinutes: 60, maxLifetimeHours: 24 }, signal);
    expect(state).toMatchObject({
      armed: true,
      stale: false,
      idleMinutes: 60,
      maxLifetimeHours: 24,
      keeper: 'loop',
    });
    expect(watchdogs.of(machine.id)).toEqual(state);
    expect(statSync(join(home, '.trainyard/watchdog')).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, '.trainyard/watchdog/config')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(home, '.trainyard'))).toEqual(['watchdog']);
  });

  it('keep the user’s own stop command as it is, in a file for them alone, and out of every program’s words', async () => {
    const { machine, watchdogs, home } = aMachine();
    const stopCommand = `echo 'it''s' "$(id)" \\ && true # %s \u00e9`;
    await watchdogs.arm(machine, { ...hour, stopCommand }, signal);
    const file = join(home, '.trainyard/watchdog/stop');
    expect(readFileSync(file, 'utf8')).toBe(`${stopCommand}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await watchdogs.arm(machine, hour, signal);
    expect(existsSync(file)).toBe(false);
  });

  it('armed again, are one watchdog with the new limits, whose clock begins anew', async () => {
    const { machine, watchdogs, loops } = aMachine();
    await watchdogs.arm(machine, hour, signal);
    const [first] = loops();
    const state = await watchdogs.arm(machine, { idleMinutes: 30, maxLifetimeHours: null }, signal);
    expect(state.idleMinutes).toBe(30);
    expect(state.stopsAt).toBeGreaterThan(Date.now() + 29 * 60_000);
    expect(loops()).toHaveLength(1);
    expect(loops()).not.toEqual([first]);
  });

  it('armed by two windows at once, are one watchdog', async () => {
    const { machine, watchdogs, loops, home } = aMachine();
    const minutes = [30, 60, 90];
    const states = await Promise.all(
      minutes.map((idleMinutes) => watchdogs.arm(machine, { idleMinutes, maxLifetimeHours: null }, signal)),
    );
    const last = await watchdogs.refresh(machine, {}, signal);
    expect(states.map(({ idleMinutes }) => idleMinutes)).toContain(last.idleMinutes);
    await until('one loop', () => loops().length === 1);
    expect(readdirSync(join(home, '.trainyard'))).toEqual(['watchdog']);
  });

  it('hold: half an hour more, seen at once', async () => {
    const { machine, watchdogs } = aMachine();
    await watchdogs.arm(machine, hour, signal);
    const state = await watchdogs.extend(machine, signal);
    expect(state?.holdUntil).toBeGreaterThan(Date.now() + 29 * 60_000);
    expect((await watchdogs.hold(machine, 0, signal))?.holdUntil).toBeUndefined();
  });

  it('are renewed by what a person does, every five minutes at most, and only where they are armed', async () => {
    let now = Date.now();
    const { machine, watchdogs, root } = aMachine({ now: () => now });
    const asked = counting(machine);
    const lease = new ActivityLease(watchdogs);
    await machine.attach();
    watchdogs.watch(machine);
    await until('it was looked at', () => watchdogs.of(machine.id));
    lease.active();
    expect(asked('lease')).toBe(0);
    await watchdogs.arm(machine, hour, signal);
    for (let i = 0; i < 100; i++) lease.active();
    expect(asked('lease')).toBe(1);
    await until('the lease is there', () => stateFiles(root).includes('lease'));
    now += 5 * 60_000;
    lease.active();
    expect(asked('lease')).toBe(2);
  });

  it('are looked at while the machine is attached, quietly, and not while it is not', async () => {
    const { machine, watchdogs } = aMachine({ every: 20 });
    const asked = counting(machine);
    watchdogs.watch(machine);
    watchdogs.watch(machine);
    expect(asked('status')).toBe(0);
    await machine.attach();
    await until('three looks', () => asked('status') >= 3);
    expect(machine.loud).toEqual([]);
    machine.detach();
    await until('the look before it was detached', () => watchdogs.of(machine.id));
    const after = asked('status');
    let turns = 0;
    await until('twice the time between looks', () => ++turns > 5);
    expect(asked('status')).toBe(after);
  });

  it('disarm: no file, no process, no line of cron is left, and what was there before is untouched', async () => {
    const theirs = '# my own\n*/7 * * * * true # trainyard\n\nMAILTO=""\n';
    const { machine, watchdogs, home, loops, root, cron } = aMachine({ cron: theirs });
    mkdirSync(join(home, '.trainyard/jobs'), { recursive: true });
    const state = await watchdogs.arm(machine, hour, signal);
    expect(state.keeper).toBe('cron');
    expect(cron()).toBe(
      `${theirs}*/5 * * * * sh ${home}/.trainyard/watchdog/watchdog.sh start # trainyard-watchdog\n`,
    );
    await watchdogs.arm(machine, hour, signal);
    expect(cron()?.match(/# trainyard-watchdog$/gm)).toHaveLength(1);
    await watchdogs.disarm(machine, signal);
    expect(cron()).toBe(theirs);
    expect(readdirSync(join(home, '.trainyard'))).toEqual(['jobs']);
    expect(readdirSync(join(root, 'dev/shm'))).toEqual([]);
    await until('no process', () => loops().length === 0);
    expect(watchdogs.of(machine.id)).toMatchObject({ armed: false });
    await watchdogs.disarm(machine, signal);
  });

  it('remove the table of cron where nobody had one', async () => {
    const { machine, watchdogs, cron } = aMachine({ cron: undefined });
    expect((await watchdogs.arm(machine, hour, signal)).keeper).toBe('cron');
    expect(cron()).toContain('# trainyard-watchdog');
    await watchdogs.disarm(machine, signal);
    expect(cron()).toBeUndefined();
  });

  it('leave a table of cron alone that can’t be read', async () => {
    const { machine, watchdogs, cron, program } = aMachine({ cron: 'theirs\n' });
    program(
      'crontab',
      'case $1 in -l) echo "crontab: disk error" >&2; exit 1;; esac; cat "$1" >"$TRAINYARD_WATCHDOG_ROOT/table"',
    );
    expect((await watchdogs.arm(machine, hour, signal)).keeper).toBe('loop');
    await watchdogs.disarm(machine, signal);
    expect(cron()).toBe('theirs\n');
  });

  it('are brought back by cron’s line where the loop was killed, with the clock where it was', async () => {
    const { machine, watchdogs, loops, home, env } = aMachine({ cron: '' });
    await watchdogs.arm(machine, hour, signal);
    for (const pid of loops()) kill(pid, 'SIGKILL');
    await until('it is dead', () => loops().length === 0);
    expect(await watchdogs.refresh(machine, {}, signal)).toMatchObject({ armed: true, stale: true });
    execFileSync('sh', [join(home, '.trainyard/watchdog/watchdog.sh'), 'start'], { env });
    await until('it lives', async () => !(await watchdogs.refresh(machine, {}, signal)).stale);
    execFileSync('sh', [join(home, '.trainyard/watchdog/watchdog.sh'), 'start'], { env });
    expect(loops()).toHaveLength(1);
  });

  it('are a service of the user’s own systemd where that may linger, and linger no more than before', async () => {
    const { machine, watchdogs, program, root, home, loops } = aMachine();
    const calls = () => readFileSync(join(root, 'calls'), 'utf8');
    systemd(program);
    expect((await watchdogs.arm(machine, hour, signal)).keeper).toBe('systemd');
    expect(readFileSync(join(home, '.config/systemd/user/trainyard-watchdog.service'), 'utf8')).toMatch(
      /^ExecStart=\/bin\/sh %h\/.trainyard\/watchdog\/watchdog.sh loop$/m,
    );
    expect(calls()).toMatch(/enable-linger/);
    await watchdogs.arm(machine, hour, signal);
    await watchdogs.disarm(machine, signal);
    expect(calls()).toMatch(/disable --now trainyard-watchdog.service[^]*disable-linger/);
    expect(existsSync(join(home, '.config/systemd/user/trainyard-watchdog.service'))).toBe(false);
    await until('no process', () => loops().length === 0);
  });

  it('say why they can’t be armed where nothing can be written', async () => {
    const { machine, watchdogs, home } = aMachine();
    writeFileSync(join(home, '.trainyard'), '');
    await expect(watchdogs.arm(machine, hour, signal)).rejects.toThrow(
      /could not be armed. There is no room or no right/,
    );
  });

  it('say that a machine has none, and refuse to hold it', async () => {
    const { machine, watchdogs } = aMachine();
    expect(await watchdogs.refresh(machine, {}, signal)).toMatchObject({ armed: false, stale: false });
    await expect(watchdogs.extend(machine, signal)).rejects.toThrow(/not armed on this machine/);
    expect(await watchdogs.journal(machine, signal)).toBe('');
  });

  it('keep a journal that says who decided what', async () => {
    const { machine, watchdogs } = aMachine();
    await watchdogs.arm(machine, hour, signal);
    await watchdogs.extend(machine, signal);
    const journal = await watchdogs.journal(machine, signal);
    expect(journal).toMatch(
      /armed: idle limit 3600 s, longest life 0 s, kept running by loop\n[^]*held for 1800 s\n/,
    );
  });

  it('refuse limits that are none', async () => {
    const { machine, watchdogs } = aMachine();
    for (const options of [
      { idleMinutes: null, maxLifetimeHours: null },
      { idleMinutes: 1, maxLifetimeHours: null },
      { idleMinutes: Number.NaN, maxLifetimeHours: null },
      { idleMinutes: 60, maxLifetimeHours: 0 },
    ])
      await expect(watchdogs.arm(machine, options, signal)).rejects.toMatchObject({ kind: 'invalid' });
  });
});

interface Given {
  /** The user's table; a cron runs then. */
  readonly cron?: string | undefined;
  readonly now?: () => number;
  readonly every?: number;
}

/** This computer, with a home folder, a /dev/shm, a cron and a systemd of the test's own. */
function aMachine(given: Given = {}) {
  const root = mkdtempSync(join(tmpdir(), 'trainyard-watchdog-'));
  const home = join(root, 'home');
  const bin = join(root, 'bin');
  for (const folder of ['home', 'bin', 'proc/1', 'proc/sys/kernel/random', 'dev/shm', 'etc'])
    mkdirSync(join(root, folder), { recursive: true });
  for (const [file, text] of [
    ['proc/uptime', '5000.00 1.0\n'],
    ['proc/sys/kernel/random/boot_id', 'a-boot\n'],
    ['etc/machine-id', '0123\n'],
  ] as const)
    writeFileSync(join(root, file), text);
  const program = (name: string, body: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  // Nothing of the computer that runs the tests is stopped, or changed.
  for (const name of ['shutdown', 'sudo', 'systemctl', 'loginctl', 'crontab']) program(name, 'exit 1');
  if ('cron' in given) {
    writeFileSync(join(root, 'proc/1/comm'), 'cron\n');
    if (given.cron !== undefined) writeFileSync(join(root, 'table'), given.cron);
    program(
      'crontab',
      `t=${root}/table; case $1 in -l) cat "$t" 2>/dev/null || { echo "no crontab for me" >&2; exit 1; };; -r) rm "$t";; *) cat "$1" >"$t";; esac`,
    );
  }
  const env = { PATH: `${bin}:${String(process.env.PATH)}`, HOME: home, TRAINYARD_WATCHDOG_ROOT: root };
  const machine = new WatchedCalls(home, env);
  const watchdogs = new Watchdogs({
    remoteFolder: resolve('src/remote'),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined } as never,
    now: given.now ?? Date.now,
    ...(given.every !== undefined && { every: given.every }),
  });
  const loops = () => processes(root).filter((pid) => command(pid).includes('watchdog.sh\0loop'));
  onTestFinished(async () => {
    watchdogs.dispose();
    await until('every process to be gone', () => {
      const left = processes(root);
      for (const pid of left) kill(pid, 'SIGKILL');
      return left.length === 0;
    });
    rmSync(root, { recursive: true, force: true });
  });
  const cron = () =>
    existsSync(join(root, 'table')) ? readFileSync(join(root, 'table'), 'utf8') : undefined;
  return { root, home, env, machine, watchdogs, loops, cron, program };
}

/** Counts what is asked of it, and by whom a person could be asked. */
class WatchedCalls extends LocalMachine {
  readonly calls: string[] = [];
  readonly loud: string[] = [];

  override run(...[argv, options, abort]: Parameters<LocalMachine['run']>) {
    this.calls.push(argv.join(' '));
    if (options.quiet !== true) this.loud.push(argv.join(' '));
    return super.run(argv, options, abort);
  }
}

function counting(machine: WatchedCalls): (verb: string) => number {
  return (verb) => machine.calls.filter((words) => words.includes(` sh ${verb}`)).length;
}

function stateFiles(root: string): readonly string[] {
  return readdirSync(join(root, 'dev/shm'), { recursive: true, encoding: 'utf8' }).map(
    (name) => name.split('/').at(-1) ?? '',
  );
}

/** Enough of systemd for one user service: `restart` and `disable --now` start and end its program. */
function systemd(program: (name: string, body: string) => void): void {
  const root = '"$TRAINYARD_WATCHDOG_ROOT"';
  program(
    'loginctl',
    `echo "loginctl $*" >>${root}/calls
     case $* in *disable-linger*) rm ${root}/linger;; *enable-linger*) : >${root}/linger;;
       show-user*) if [ -e ${root}/linger ]; then echo Linger=yes; else echo Linger=no; fi;; esac`,
  );
  program(
    'systemctl',
    `echo "systemctl $*" >>${root}/calls
     case $* in
       '--user restart '*) setsid sh "$HOME/.trainyard/watchdog/watchdog.sh" loop </dev/null >/dev/null 2>&1 & echo $! >${root}/service;;
       '--user disable --now '*) kill "$(cat ${root}/service)";;
     esac; exit 0`,
  );
}

function processes(root: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          isAlive(pid) &&
          readFileSync(`/proc/${pid}/environ`, 'latin1')
            .split('\0')
            .includes(`TRAINYARD_WATCHDOG_ROOT=${root}`)
        );
      } catch {
        return false; // It has ended.
      }
    });
}

function command(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
