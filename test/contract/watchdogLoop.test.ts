import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { until } from '../fakes/until';
import { exitOf, isAlive, kill, linux, shells } from '../unit/remote/launchedJob';
import { FakeMachine, type Status } from '../unit/remote/watchdog/fakeMachine';

type Case = readonly [name: string, story: (machine: FakeMachine, test: TestContext) => Promise<void>];

/** What takes processes that live, and real seconds: the loop, and programs that never answer. */
const cases: readonly Case[] = [
  [
    'runs once: a second loop refuses',
    async (machine, test) => {
      const loop = startLoop(machine, test);
      await until('its first look', async () => (await machine.status()).loop);
      const second = await machine.run('loop');
      expect(second.code).toBe(3);
      expect(second.stderr).toContain(`runs already: process ${loop.pid}`);
    },
  ],
  [
    'ends its loop, with what that waits for, once it is disarmed by hand',
    async (machine, test) => {
      const loop = startLoop(machine, test);
      await until('its first look', async () => (await machine.status()).loop);
      rmSync(join(machine.folder, 'config'));
      loop.kill('SIGUSR1');
      expect(await exitOf(loop)).toBe(0);
      await until('no process is left', () => processesIn(machine).length === 0);
    },
  ],
  [
    'leaves no process behind when its loop is ended',
    async (machine, test) => {
      const loop = startLoop(machine, test);
      await until('its first look', async () => (await machine.status()).age !== null);
      await until('it sleeps', () => processesIn(machine).length > 1);
      loop.kill('SIGTERM');
      expect(await exitOf(loop)).toBe(0);
      await until('no process is left', () => processesIn(machine).length === 0);
    },
  ],
  [
    'looks at once when it is held',
    async (machine, test) => {
      startLoop(machine, test);
      await until('its first look', async () => (await machine.status()).age !== null);
      machine.use(30, 0);
      await machine.run('hold', '1800');
      await until('it has looked', async () => (await machine.status()).age === 0);
    },
  ],
  [
    'survives a restart of its loop: the clock goes on',
    async (machine, test) => {
      await machine.look(1);
      await machine.look(5, 100);
      machine.use(100, 0);
      startLoop(machine, test);
      await until('its first look', async () => (await machine.status()).age === 0);
      expect(await machine.status()).toMatchObject({ idle: 600 });
    },
  ],
  [
    'gives up on a command that never answers',
    async (machine, test) => {
      machine.configure({ IDLE_SECONDS: 300, WARN_LAST: 60, STOP_TIMEOUT: 1 });
      machine.ownStop('echo $$ >"$TRAINYARD_WATCHDOG_ROOT/hung"; trap "" TERM; while :; do sleep 1; done');
      await machine.look(1);
      expect(await machine.look(4, 100)).toMatchObject({
        failures: 1,
        failure: expect.stringContaining('no answer in 1 s') as string,
      });
      const pid = Number(machine.read('hung'));
      test.onTestFinished(() => {
        kill(pid, 'SIGKILL');
      });
      await until('it is gone', () => !isAlive(pid));
    },
  ],
  [
    'an nvidia-smi that hangs is left behind, and no second is started beside it',
    async (machine, test) => {
      machine.configure({ GPU_TIMEOUT: 1 });
      // It ignores signals, and its session is led by a process that can't be ended: as near as one comes to a hang in the driver.
      machine.program('setsid', 'exec "$@"');
      machine.program(
        'nvidia-smi',
        `trap '' TERM HUP INT; echo $$ >>"${machine.root}/hung"; while :; do sleep 1; done`,
      );
      const hung = () => machine.read('hung').trim().split('\n').filter(Boolean).map(Number);
      test.onTestFinished(() => {
        for (const pid of hung()) kill(pid, 'SIGKILL');
      });
      const from = performance.now();
      const first: Status = await machine.look(1);
      expect(performance.now() - from).toBeLessThan(30_000);
      expect(first.kept).toEqual(["GPUs that can't be read"]);
      expect(hung()).toHaveLength(1);
    },
  ],
  [
    'an nvidia-smi that hangs is ended where it can be',
    async (machine) => {
      machine.configure({ GPU_TIMEOUT: 1 });
      machine.program(
        'nvidia-smi',
        `trap '' TERM HUP INT; echo $$ >>"${machine.root}/hung"; while :; do sleep 1; done`,
      );
      expect((await machine.look(1)).kept).toEqual(["GPUs that can't be read"]);
      const pid = Number(machine.read('hung'));
      await until('it is gone', () => !isAlive(pid));
    },
  ],
];

describe.skipIf(!linux).each(shells)('the watchdog’s processes under $name', (shell) => {
  it.for(cases)('%s', async ([, story], test) => {
    await story(new FakeMachine(shell, test), test);
  });
});

function startLoop(machine: FakeMachine, test: TestContext) {
  const loop = spawn('sh', [join(machine.folder, 'watchdog.sh'), 'loop'], {
    env: machine.env,
    stdio: 'ignore',
  });
  test.onTestFinished(async () => {
    loop.kill('SIGTERM');
    await exitOf(loop);
  });
  return loop;
}

/** Those that carry this machine's root in their environment. */
function processesIn(machine: FakeMachine): readonly number[] {
  const mark = `TRAINYARD_WATCHDOG_ROOT=${machine.root}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return isAlive(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
      } catch {
        return false; // It has ended.
      }
    });
}
