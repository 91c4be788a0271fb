import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linux, shells } from '../launchedJob';
import { FakeMachine } from './fakeMachine';

type Config = Readonly<Record<string, string | number>>;
type Case = readonly [name: string, config: Config, story: (machine: FakeMachine) => Promise<void>];

const inUse = (word: string) => ({ idle: 0, kept: [word] });

/** Each is a promise of one source: what it takes for use, and what not. */
const cases: readonly Case[] = [
  [
    'half a core keeps, and less does not',
    {},
    async (machine) => {
      await machine.look(1);
      expect(await machine.look(1, 60, 0.5)).toMatchObject(inUse('CPU: 0.5 cores'));
      expect(await machine.look(1, 60, 0.48)).toMatchObject({ kept: [] });
    },
  ],
  [
    'processors are those of the container where there is one, in either version of cgroups',
    {},
    async (machine) => {
      rmSync(join(machine.root, 'sys/fs/cgroup/cpu.stat'));
      mkdirSync(join(machine.root, 'sys/fs/cgroup/cpuacct'));
      machine.write('sys/fs/cgroup/cpuacct/cpuacct.usage', '1000000000\n');
      machine.write('proc/stat', 'cpu  0 0 0 0 0 0 0 0 0 0\n');
      const tick = async () => {
        machine.uptime += 60;
        machine.write('proc/uptime', `${machine.uptime}.50 0.0\n`);
        await machine.run('tick');
        return machine.status();
      };
      await tick();
      machine.write('sys/fs/cgroup/cpuacct/cpuacct.usage', '121000000000\n');
      expect(await tick()).toMatchObject(inUse('CPU: 2.0 cores'));
      rmSync(join(machine.root, 'sys/fs/cgroup/cpuacct'), { recursive: true });
      // Another source is no difference to the last.
      expect(await tick()).toMatchObject({ kept: [] });
      machine.write('proc/stat', 'cpu  3000 1000 1000 99 99 500 400 100 7000 0\n');
      expect(await tick()).toMatchObject(inUse('CPU: 1.0 cores'));
    },
  ],
  [
    'a transfer of a megabyte a second keeps, the trickle of a log does not',
    {},
    async (machine) => {
      await machine.look(1);
      expect(await machine.look(1, 60, 0, 2_500_000)).toMatchObject(inUse('a transfer: 2 MB/s'));
      expect(await machine.look(1, 60, 0, 300_000)).toMatchObject({ kept: [] });
    },
  ],
  [
    'traffic keeps nothing where that is switched off',
    { NET_KEEPS: 0 },
    async (machine) => {
      await machine.look(1);
      expect(await machine.look(1, 60, 0, 90_000_000)).toMatchObject({ kept: [] });
    },
  ],
  [
    'a terminal keeps for a quarter of an hour after its last key, and no longer for being open',
    {},
    async (machine) => {
      machine.key(0, 1000);
      expect(await machine.look(1)).toMatchObject(inUse('a terminal'));
      expect(await machine.look(14)).toMatchObject(inUse('a terminal'));
      expect(await machine.look(1)).toMatchObject({ kept: [] });
      machine.key(0, 2000);
      expect(await machine.look(1)).toMatchObject(inUse('a terminal'));
    },
  ],
  [
    'a terminal that opens keeps, one that closes does not',
    { TTY_SECONDS: 120 },
    async (machine) => {
      await machine.look(1);
      machine.key(0, 1000);
      machine.key(1, 1000);
      expect(await machine.look(1)).toMatchObject(inUse('a terminal'));
      expect(await machine.look(2)).toMatchObject({ kept: [] });
      rmSync(join(machine.root, 'dev/pts/1'));
      expect(await machine.look(1)).toMatchObject({ kept: [] });
    },
  ],
  [
    'a clock that is set tells nothing of terminals: only a new key does',
    { TTY_SECONDS: 120 },
    async (machine) => {
      // A day ahead of the clock, as after it was set back.
      machine.key(0, Date.now() / 1000 + 86_400);
      await machine.look(3);
      expect(await machine.status()).toMatchObject({ kept: [] });
    },
  ],
  [
    'a running job keeps from its first second, and is named',
    {},
    async (machine) => {
      const started = readFileSync('/proc/self/stat', 'utf8').replace(/.*\) /, '').split(' ')[19];
      const node = join(machine.home, '.trainyard/jobs/digits-1/nodes/0');
      mkdirSync(node, { recursive: true });
      writeFileSync(join(node, 'pid'), `${process.pid} ${started}\n`);
      expect(await machine.look(1)).toMatchObject(inUse('job digits-1'));
      writeFileSync(join(node, 'exit'), '{}\n');
      expect(await machine.look(1)).toMatchObject({ kept: [] });
    },
  ],
  [
    'a job whose number belongs to another process now has ended',
    {},
    async (machine) => {
      const node = join(machine.home, '.trainyard/jobs/digits-1/nodes/0');
      mkdirSync(node, { recursive: true });
      writeFileSync(join(node, 'pid'), `${process.pid} 12345\n`);
      expect(await machine.look(1)).toMatchObject({ kept: [] });
      writeFileSync(join(node, 'pid'), '1 $(touch $HOME/owned)\n');
      expect(await machine.look(1)).toMatchObject({ kept: [] });
      writeFileSync(join(node, 'pid'), '');
      expect(await machine.look(1)).toMatchObject({ kept: [] });
      expect(machine.read('home/owned')).toBe('');
    },
  ],
  [
    'an editor’s lease keeps until it runs out',
    {},
    async (machine) => {
      await machine.run('lease', '1200');
      expect(await machine.look(1)).toMatchObject({ ...inUse('an editor in use'), lease: 1140 });
      expect(await machine.look(19)).toMatchObject({ kept: [], lease: 0 });
    },
  ],
  [
    'several at once are all told, and the journal has a line only when that changes',
    {},
    async (machine) => {
      await machine.run('lease', '86400');
      await machine.look(2, 60, 3);
      expect((await machine.look(1, 60, 4)).kept).toEqual(['an editor in use', 'CPU: 4.0 cores']);
      await machine.look(3, 60, 5);
      expect(machine.journal().match(/in use:/g)).toHaveLength(2);
    },
  ],
];

// The clock’s table and the GPUs’ are gone through with every shell; here one is enough.
describe.skipIf(!linux).each(shells.slice(0, 1))('what keeps a machine, under $name', (shell) => {
  it.concurrent.for(cases)('%s', async ([, config, story], test) => {
    await story(new FakeMachine(shell, test, config));
  });
});
