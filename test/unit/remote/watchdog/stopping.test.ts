import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { linux, shells } from '../launchedJob';
import { FakeMachine, type Status } from './fakeMachine';

type Case = readonly [name: string, story: (machine: FakeMachine, test: TestContext) => Promise<void>];

const short = { IDLE_SECONDS: 300, WARN_LAST: 60 };
const root = process.getuid?.() === 0;

/** Lets the limit of five minutes pass. */
async function idleOut(machine: FakeMachine): Promise<Status> {
  machine.configure(short);
  await machine.look(1);
  return machine.look(4, 100);
}

/** Every stop command fails, with these last words. */
function refuse(machine: FakeMachine, words: string): void {
  for (const name of ['shutdown', 'systemctl', 'sudo'])
    machine.program(name, `echo "${name} $*" >>"${machine.root}/stops"; echo "${words}" >&2; exit 1`);
}

const cases: readonly Case[] = [
  [
    'asks the system, in the way that this user may',
    async (machine) => {
      await idleOut(machine);
      expect(machine.stops()).toEqual([root ? 'shutdown -h now' : 'sudo -n shutdown -h now']);
      expect(machine.journal()).toMatch(/the stop command was taken: .*shutdown -h now/);
    },
  ],
  [
    'goes on to the next command when one fails',
    async (machine) => {
      machine.program('shutdown', 'exit 1');
      machine.program(
        'sudo',
        'case $* in *shutdown*) exit 1;; esac; echo "sudo $*" >>"$TRAINYARD_WATCHDOG_ROOT/stops"',
      );
      await idleOut(machine);
      expect(machine.stops()).toEqual([root ? 'systemctl poweroff' : 'sudo -n systemctl poweroff']);
    },
  ],
  [
    'runs the user’s own command and no other, also when that fails',
    async (machine) => {
      machine.ownStop(
        'echo "own $0" >>"$TRAINYARD_WATCHDOG_ROOT/stops"; echo "403: not allowed" >&2; exit 4',
      );
      const status = await idleOut(machine);
      expect(machine.stops()).toEqual([`own ${machine.folder}/stop`]);
      expect(status).toMatchObject({
        failures: 1,
        failure: expect.stringContaining('exit code 4: 403: not allowed') as string,
      });
    },
  ],
  [
    'does not run a command that others may have written',
    async (machine) => {
      machine.ownStop('echo own >>"$TRAINYARD_WATCHDOG_ROOT/stops"', 0o620);
      expect(await idleOut(machine)).toMatchObject({
        failures: 1,
        failure: expect.stringContaining('others may write') as string,
      });
      expect(machine.stops()).toEqual([]);
    },
  ],
  [
    'does not run a command by way of a link',
    async (machine) => {
      const elsewhere = join(machine.root, 'elsewhere');
      writeFileSync(elsewhere, 'echo own >>"$TRAINYARD_WATCHDOG_ROOT/stops"\n', { mode: 0o600 });
      symlinkSync(elsewhere, join(machine.folder, 'stop'));
      expect(await idleOut(machine)).toMatchObject({ failures: 1 });
      expect(machine.stops()).toEqual([]);
    },
  ],
  [
    'tries again after 2, 4, 8 … 64 minutes, and keeps the refusal in sight',
    async (machine) => {
      refuse(machine, 'Interactive authentication required.');
      const first = await idleOut(machine);
      expect(first).toMatchObject({
        failures: 1,
        failure: expect.stringContaining('Interactive authentication required.') as string,
      });
      const failures = async (looks: number) => (await machine.look(looks)).failures;
      for (const [minutes, tried] of [
        [2, 2],
        [4, 3],
        [8, 4],
      ] as const) {
        expect(await failures(minutes - 1)).toBe(tried - 1);
        expect(await failures(1)).toBe(tried);
      }
      expect(machine.journal().match(/stop failed/g)).toHaveLength(4);
    },
  ],
  [
    'keeps a failure in sight when the machine is used again, and stops it later',
    async (machine) => {
      refuse(machine, 'no');
      await idleOut(machine);
      expect(await machine.look(1, 60, 4)).toMatchObject({ idle: 0, failures: 1 });
      for (const name of ['shutdown', 'sudo']) machine.program(name, `echo now >>"${machine.root}/stops"`);
      await machine.look(4, 100);
      expect(machine.stops().at(-1)).toBe('now');
    },
  ],
  [
    'takes a command that succeeds and stops nothing for a failure, after two minutes',
    async (machine) => {
      await idleOut(machine);
      expect(await machine.look(1)).toMatchObject({ failures: 0 });
      expect(await machine.look(1)).toMatchObject({
        failures: 1,
        failure: expect.stringContaining('still runs') as string,
      });
      expect(machine.stops()).toHaveLength(1);
    },
  ],
  [
    'does not take a stop that took long for a sleep: it is tried again all the same',
    async (machine) => {
      machine.ownStop(
        'echo try >>"$TRAINYARD_WATCHDOG_ROOT/stops"; sed -i "s/^[0-9]*/$(($(cut -d. -f1 "$TRAINYARD_WATCHDOG_ROOT/proc/uptime") + 240))/" "$TRAINYARD_WATCHDOG_ROOT/proc/uptime"; exit 1',
      );
      await idleOut(machine);
      machine.uptime += 240;
      expect(await machine.look(2)).toMatchObject({ failures: 2 });
      expect(machine.stops()).toEqual(['try', 'try']);
    },
  ],
  [
    'says so where there is nothing to stop it with',
    async (machine) => {
      refuse(machine, 'System has not been booted with systemd as init system');
      expect((await idleOut(machine)).failure).toContain('not been booted with systemd');
    },
  ],
  [
    'keeps what a command says from the terminal and the status',
    async (machine) => {
      machine.ownStop('printf "a\\033]0;evil\\007\\"b\\n" >&2; exit 1');
      const { failure } = await idleOut(machine);
      expect(failure).toMatch(/exit code 1: a\?\]?\??0;evil\?\?b|exit code 1: a\?\?0;evil\?\?b/);
    },
  ],
  [
    'does not stop when it is held at the last moment',
    async (machine) => {
      machine.configure(short);
      await machine.look(1);
      // The hold comes while this look goes on: the GPU's answer brings it.
      machine.gpus('0, 0, 1, Active');
      await machine.look(3, 100);
      machine.program(
        'nvidia-smi',
        `echo "0, 0, 1, Active"; mkdir -p "${machine.root}/dev/shm"; sh "${machine.folder}/watchdog.sh" hold 1800; exit 0`,
      );
      await machine.look(1, 100);
      expect(machine.stops()).toEqual([]);
    },
  ],
  [
    'does not stop when a key is pressed at the last moment',
    async (machine) => {
      machine.configure({ ...short, TTY_SECONDS: 60 });
      machine.key(0, 1000);
      await machine.look(2);
      await machine.look(2, 110);
      // The terminals were read before the GPUs are.
      machine.program('nvidia-smi', `touch -a -d @5000 "${machine.root}/dev/pts/0"; echo "0, 0, 1, Active"`);
      await machine.look(1, 110);
      expect(machine.stops()).toEqual([]);
      expect(machine.journal()).toContain('not stopped: a terminal at the last moment');
    },
  ],
  [
    'stops on time where the home folder is full',
    async (machine) => {
      // Nothing can be written there: not the journal, not run/.
      machine.configure(short);
      rmSync(join(machine.folder, 'run'), { recursive: true, force: true });
      writeFileSync(join(machine.folder, 'run'), '');
      mkdirSync(join(machine.folder, 'journal'));
      await machine.look(1);
      await machine.look(4, 100);
      expect(machine.stops()).toHaveLength(1);
    },
  ],
  [
    'stops on time where /dev/shm can’t be used',
    async (machine) => {
      machine.configure(short);
      rmSync(join(machine.root, 'dev/shm'), { recursive: true });
      await machine.look(1);
      await machine.look(4, 100);
      expect(machine.stops()).toHaveLength(1);
    },
  ],
  [
    'does not trust a folder in /dev/shm that is a link to somewhere else',
    async (machine) => {
      const elsewhere = join(machine.root, 'elsewhere');
      mkdirSync(elsewhere);
      symlinkSync(elsewhere, join(machine.root, machine.shm('').replace(/\/$/, '')));
      await idleOut(machine);
      expect(machine.stops()).toHaveLength(1);
      expect(machine.read('elsewhere/state')).toBe('');
    },
  ],
  [
    'stops on time on a disk that is really full',
    async (machine, test) => {
      // A file system of 64 KiB over its folder and one over /dev/shm, both filled to the last byte. Only root may mount.
      test.skip(!root || !canMount(machine), 'mounting is not allowed here');
      const shm = join(machine.root, 'dev/shm');
      machine.configure(short);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', shm]);
      test.onTestFinished(() => {
        execFileSync('umount', [shm]);
      });
      await machine.look(1);
      execFileSync('sh', ['-c', `head -c 100000 /dev/zero >"${shm}/fill" || :`], { stdio: 'ignore' });
      await machine.look(4, 100);
      expect(machine.stops()).toHaveLength(1);
    },
  ],
  [
    'keeps its journal short',
    async (machine) => {
      machine.write('home/.trainyard/watchdog/journal', '2026-01-01T00:00:00Z old\n'.repeat(6000));
      await machine.look(1);
      expect(machine.journal().length).toBeLessThan(70_000);
      expect(machine.journal()).toMatch(/^2026[^\n]* old\n[^]*idle\n$/);
    },
  ],
];

describe.skipIf(!linux).each(shells.slice(0, 1))('stopping under $name', (shell) => {
  it.concurrent.for(cases)('%s', async ([, story], test) => {
    await story(new FakeMachine(shell, test), test);
  });
});

function canMount(machine: FakeMachine): boolean {
  const at = join(machine.root, 'mount');
  mkdirSync(at);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', at]).status === 0;
  if (mounted) execFileSync('umount', [at]);
  return mounted;
}
