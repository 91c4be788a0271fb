import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linux, shells } from '../launchedJob';
import { FakeMachine } from './fakeMachine';

type Config = Readonly<Record<string, string | number>>;
type Case = readonly [name: string, config: Config, story: (machine: FakeMachine) => Promise<void>];

/** Each is a promise of the clock: what starts it, what it survives, and when it is over. */
const cases: readonly Case[] = [
  [
    'stops once everything was idle for the limit, and not before',
    {},
    async (machine) => {
      await machine.look(1);
      await machine.look(19, 180);
      expect(await machine.look(2)).toMatchObject({ idle: 3540, stopsIn: 60 });
      expect(machine.stops()).toEqual([]);
      await machine.look(2);
      expect(machine.stops()).toHaveLength(1);
    },
  ],
  [
    'is not idle at first sight, however long nobody was there',
    {},
    async (machine) => {
      machine.use(1_000_000, 0);
      expect(await machine.look(1)).toMatchObject({ idle: 0, stopsIn: 3600 });
    },
  ],
  [
    'warns ten minutes and two minutes before',
    {},
    async (machine) => {
      await machine.look(1);
      await machine.look(19, 150);
      expect(await machine.look(1, 90)).toMatchObject({ warned: 0 });
      expect(await machine.look(1)).toMatchObject({ warned: 1, stopsIn: 600 });
      expect(await machine.look(7)).toMatchObject({ warned: 1 });
      expect(await machine.look(1)).toMatchObject({ warned: 2, stopsIn: 120 });
      expect(machine.journal().match(/warning: stops in (600|120) s/g)).toHaveLength(2);
    },
  ],
  [
    'warns on the user’s own terminals, which does not count as a key',
    { IDLE_SECONDS: 1800, TTY_SECONDS: 60 },
    async (machine) => {
      machine.key(3, 1000);
      await machine.look(2);
      await machine.look(15, 150);
      expect(machine.read('dev/pts/3')).toMatch(/stops in \d+ s: idle for \d+ s.*hold 1800/);
      expect(machine.stops()).not.toEqual([]);
    },
  ],
  [
    'begins anew when something is used in the last minutes, and warns again',
    {},
    async (machine) => {
      await machine.look(1);
      await machine.look(19, 180);
      expect(await machine.look(1, 60, 3)).toMatchObject({ idle: 0, kept: ['CPU: 3.0 cores'], warned: 0 });
      await machine.look(20, 160);
      expect(machine.stops()).toEqual([]);
      expect(machine.journal().match(/warning: stops in [3-6]\d\d s/g)).toHaveLength(2);
    },
  ],
  [
    'counts nothing over a gap in which it could not look, as in a sleep of ten hours',
    {},
    async (machine) => {
      await machine.look(18, 170);
      expect(await machine.look(1, 36_000)).toMatchObject({ idle: 0 });
      expect(machine.journal()).toContain('no look for 36000 s');
      expect(machine.stops()).toEqual([]);
    },
  ],
  [
    'counts a late look as far as three intervals',
    {},
    async (machine) => {
      await machine.look(1);
      expect(await machine.look(1, 180)).toMatchObject({ idle: 180 });
      expect(await machine.look(1, 181)).toMatchObject({ idle: 0 });
    },
  ],
  [
    'begins anew after a restart of the machine',
    {},
    async (machine) => {
      await machine.look(20, 165);
      machine.reboot(700);
      expect(await machine.look(1)).toMatchObject({ idle: 0, warned: 0 });
      expect(machine.journal()).toContain('the machine was started');
    },
  ],
  [
    'takes a new start for one even when its uptime is the greater',
    {},
    async (machine) => {
      await machine.look(20, 165);
      machine.reboot(machine.uptime + 30);
      expect(await machine.look(1, 30)).toMatchObject({ idle: 0 });
    },
  ],
  [
    'counts nothing when the uptime runs backwards',
    {},
    async (machine) => {
      await machine.look(20, 165);
      machine.use(-5000, 0);
      expect(await machine.look(1)).toMatchObject({ idle: 0 });
    },
  ],
  [
    'leaves a machine that just started alone',
    { BOOT_GRACE: 600 },
    async (machine) => {
      machine.reboot(0);
      expect(await machine.look(9)).toMatchObject({ idle: 0, kept: ['the start of the machine'] });
      expect(await machine.look(2)).toMatchObject({ kept: [], idle: 120 });
    },
  ],
  [
    'begins anew when the limit is lowered, rather than stop at once',
    {},
    async (machine) => {
      await machine.look(18, 170);
      machine.configure({ IDLE_SECONDS: 1800 });
      expect(await machine.look(1)).toMatchObject({ idle: 0, stopsIn: 1800 });
      expect(machine.stops()).toEqual([]);
    },
  ],
  [
    'takes a limit that is no number for an hour: neither at once nor never',
    { IDLE_SECONDS: 'off' },
    async (machine) => {
      expect(await machine.look(1)).toMatchObject({ stopsIn: 3600 });
    },
  ],
  [
    'has no idle stop where the limit is 0',
    { IDLE_SECONDS: 0 },
    async (machine) => {
      await machine.look(1);
      expect(await machine.look(10, 170)).toMatchObject({ stopsIn: null });
      expect(machine.stops()).toEqual([]);
    },
  ],
  [
    'never stops on fewer than two looks, however short the limit',
    { IDLE_SECONDS: 1 },
    async (machine) => {
      await machine.look(1);
      expect(await machine.look(1, 180)).toMatchObject({ warned: 2 });
      expect(machine.stops()).toEqual([]);
    },
  ],
  [
    'gives the last warning its full time also when the stop is overdue',
    { MAX_SECONDS: 3600, ARMED_BOOT: 'boot-10000', ARMED_UPTIME: 10_000 },
    async (machine) => {
      machine.use(50_000, 0);
      expect(await machine.look(1)).toMatchObject({ warned: 2, stopsIn: 120, why: 'lifetime' });
      await machine.look(1);
      expect(machine.stops()).toEqual([]);
      await machine.look(1);
      expect(machine.stops()).toHaveLength(1);
    },
  ],
  [
    'ends the longest life whatever goes on',
    { MAX_SECONDS: 3600, ARMED_BOOT: 'boot-10000', ARMED_UPTIME: 10_000 },
    async (machine) => {
      expect(await machine.look(20, 160, 8)).toMatchObject({
        why: 'lifetime',
        warned: 1,
        kept: ['CPU: 8.0 cores'],
      });
      await machine.look(3, 160, 8);
      expect(machine.stops()).toHaveLength(1);
      expect(machine.journal()).toContain('stops: the longest life of 3600 s is over');
    },
  ],
  [
    'counts the longest life from the start of the machine, once that was after arming',
    { MAX_SECONDS: 7200, ARMED_BOOT: 'an earlier one', ARMED_UPTIME: 1_000_000 },
    async (machine) => {
      machine.reboot(100);
      expect(await machine.look(2, 60, 8)).toMatchObject({ stopsIn: 6980, why: 'lifetime' });
    },
  ],
  [
    'lets the longest life not be put off by an editor',
    { MAX_SECONDS: 600, ARMED_BOOT: 'boot-10000', ARMED_UPTIME: 10_000 },
    async (machine) => {
      await machine.run('lease', '3600');
      await machine.look(11);
      expect(machine.stops()).toHaveLength(1);
    },
  ],
  [
    'is held for as long as was asked, and warns again before that is over',
    {},
    async (machine) => {
      await machine.look(20, 177);
      await machine.run('hold', '1800');
      expect(await machine.look(2)).toMatchObject({ hold: 1680, warned: 0, stopsIn: 1680 });
      await machine.look(9, 177);
      expect(machine.stops()).toEqual([]);
      expect(await machine.status()).toMatchObject({ warned: 2 });
      await machine.look(2);
      expect(machine.stops()).toHaveLength(1);
    },
  ],
  [
    'is held also past its longest life, for a person said so',
    { MAX_SECONDS: 3600, ARMED_BOOT: 'boot-10000', ARMED_UPTIME: 10_000 },
    async (machine) => {
      await machine.look(20, 177, 8);
      await machine.run('hold', '1800');
      expect(await machine.look(5, 60, 8)).toMatchObject({ stopsIn: 1500 });
      expect(machine.stops()).toEqual([]);
    },
  ],
  [
    'lets a hold be ended',
    {},
    async (machine) => {
      await machine.run('hold', '7200');
      await machine.run('hold', 'off');
      expect(await machine.look(1)).toMatchObject({ hold: 0 });
    },
  ],
  [
    'keeps a hold when systemd empties /dev/shm at a logout',
    {},
    async (machine) => {
      await machine.run('hold', '7200');
      rmSync(join(machine.root, machine.shm('')), { recursive: true });
      expect(await machine.look(1)).toMatchObject({ hold: 7140 });
    },
  ],
  [
    'forgets a hold of before the machine was started',
    {},
    async (machine) => {
      await machine.run('hold', '7200');
      machine.reboot(1000);
      expect(await machine.look(1)).toMatchObject({ hold: 0 });
    },
  ],
  [
    'refuses holds that are no time, or longer than a day',
    {},
    async (machine) => {
      for (const word of ['', 'soon', '-5', '86401', '1e3', '$(id)'])
        expect((await machine.run('hold', word)).code).toBe(64);
      expect(await machine.status()).toMatchObject({ hold: 0 });
    },
  ],
  [
    'takes a hold file that says a year for none',
    {},
    async (machine) => {
      await machine.run('hold', '60');
      writeFileSync(join(machine.root, machine.shm('hold')), 'boot-10000 99999999\n');
      expect(await machine.look(1)).toMatchObject({ hold: 0 });
    },
  ],
  [
    'does nothing on another machine that has the same home folder',
    { MACHINE: 'other' },
    async (machine) => {
      await machine.look(3, 170);
      expect(await machine.status()).toMatchObject({ armed: true, age: null });
      expect((await machine.status()).problem).toContain('another machine');
      await machine.look(30, 170);
      expect(machine.stops()).toEqual([]);
    },
  ],
  [
    'says that it is not armed where it is not',
    {},
    async (machine) => {
      rmSync(join(machine.folder, 'config'));
      expect(await machine.status()).toMatchObject({ armed: false });
      expect((await machine.run('tick')).code).toBe(1);
    },
  ],
  [
    'reads its config as data: nothing in it is run',
    {
      IDLE_SECONDS: '$(touch "$HOME/owned")',
      MAX_SECONDS: '`touch $HOME/owned`',
      CPU_KEEPS: 'a[$(touch $HOME/owned)]',
      TTY_SECONDS: '08',
      BOOT_GRACE: '0',
      NET_KEEPS: 'x; touch $HOME/owned',
      EVIL: '$(touch $HOME/owned)',
    },
    async (machine) => {
      expect(await machine.look(2)).toMatchObject({ armed: true, stopsIn: 3540 });
      expect(machine.read('home/owned')).toBe('');
    },
  ],
  [
    'reads what it remembers as data, too',
    {},
    async (machine) => {
      await machine.look(1);
      const evil = 'a[$(touch $HOME/owned)]';
      const state = [
        'boot=boot-10000',
        ...['uptime', 'idle', 'measured', 'cpu', 'net', 'tty_at', 'gpu_pid', 'retry_at', 'kept'].map(
          (key) => `${key}=${key === 'cpu' ? 'group:' : ''}${evil}`,
        ),
      ];
      machine.write(machine.shm('state'), `${state.join('\n')}\n`);
      machine.write(machine.shm('hold'), `boot-10000 ${evil}\n`);
      await machine.look(2);
      expect(machine.read('home/owned')).toBe('');
    },
  ],
  [
    'shows nothing of an earlier start of the machine as if it were now',
    {},
    async (machine) => {
      await machine.look(3);
      machine.reboot(50);
      expect(await machine.status()).toMatchObject({ age: null, stopsIn: null });
    },
  ],
  [
    'tells how old its last look is',
    {},
    async (machine) => {
      await machine.look(3);
      machine.use(500, 0);
      expect(await machine.status()).toMatchObject({ age: 500 });
    },
  ],
];

describe.skipIf(!linux).each(shells)('the watchdog’s clock under $name', (shell) => {
  it.concurrent.for(cases)('%s', async ([, config, story], test) => {
    await story(new FakeMachine(shell, test, config));
  });
});
