import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LaunchedJob, exitOf, linux, shells, until } from './launchedJob';

const row = (gpu: number, util: number | string) =>
  `${gpu}, GPU-${gpu}, Fake, ${util}, 0, 10, 1000, 30, 50, 100\n`;
const idleFor = (seconds: number) => ({
  TRAINYARD_IDLE_GPU_BELOW: '5',
  TRAINYARD_IDLE_GPU_SECONDS: String(seconds),
});
const untilTold = 'echo ready; while [ ! -e finish ]; do sleep 0.05; done';

/** Lets the job live through so many GPU samples, and ends it. */
async function after(
  job: LaunchedJob,
  samples: number,
  gpus: number,
  midway: () => void = () => undefined,
): Promise<void> {
  const child = job.start();
  await until('samples', () => job.records('gpu').length >= (samples / 2) * gpus);
  midway();
  await until(
    'more samples',
    () => job.records('gpu').length >= samples * gpus || job.exit() !== undefined,
    19_000,
  );
  job.write('nodes/0/workdir/finish', '');
  await exitOf(child);
}

const inUse = { code: 0, reasonKind: 'exit', reason: 'run finished' };

describe.skipIf(!linux).concurrent.each(shells)('idle_gpu, with $name,', (shell) => {
  it('warns, and stops a job whose GPUs all stayed below the bar for the whole window', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      run: 'trap "echo saved; exit 0" TERM; echo ready; while :; do sleep 0.1; done',
      env: idleFor(4),
    });
    job.fakeGpus(row(0, 0) + row(1, 4), 2);
    const child = job.start();
    expect(await job.ended()).toMatchObject({
      reasonKind: 'idle_gpu',
      reason: 'every GPU was below 5 % for 4 s',
    });
    expect(await exitOf(child)).not.toBe(0);
    expect(job.log()).toMatch(/saved\n$/);
    const guards = job.records('guard');
    expect(guards.map(({ rule, action, reason }) => ({ rule, action, reason }))).toEqual([
      {
        rule: 'idle_gpu',
        action: 'warn',
        reason: 'Every GPU has been below 5 % for 2 s; the job will be stopped in 2 s unless one is used',
      },
      { rule: 'idle_gpu', action: 'stop', reason: 'every GPU was below 5 % for 4 s' },
    ]);
    const started = job.records('phase').find((record) => record.phase === 'run')?.t ?? 0;
    expect((guards[1]?.t ?? 0) - started).toBeGreaterThanOrEqual(4000);
  });

  it('leaves a job alone while one GPU is used', async (test) => {
    const job = new LaunchedJob(shell, { test, run: untilTold, env: idleFor(2) });
    job.fakeGpus(row(0, 0) + row(1, 5), 2);
    await after(job, 6, 2);
    expect(job.exit()).toMatchObject(inUse);
    expect(job.records('guard')).toEqual([]);
  });

  it('starts its clock anew after one sample of use', async (test) => {
    const job = new LaunchedJob(shell, { test, run: untilTold, env: idleFor(5) });
    const gpus = job.fakeGpus(row(0, 0));
    await after(job, 8, 1, () => {
      const count = job.records('gpu').length;
      gpus.set('csv', row(0, 90));
      void until('a sample of use', () => job.records('gpu').length > count + 1).then(() => {
        gpus.set('csv', row(0, 0));
      });
    });
    expect(job.exit()).toMatchObject(inUse);
  });

  it.for([
    ['MIG: use is [N/A]', readFileSync('test/fixtures/gpu/query-gpu.mig-idle.csv'), 1],
    ['one GPU has [Unknown Error]', row(0, 0) + row(1, '[Unknown Error]'), 2],
    [
      'a GPU fell off the bus',
      `${row(0, 0)}Unable to determine the device handle for GPU0000:17:00.0: Unknown Error\n`,
      1,
    ],
    ['a use of "-"', row(0, '-'), 1],
  ] as const)('takes what it can’t read for use: %s', async ([, csv, gpus], test) => {
    const job = new LaunchedJob(shell, { test, run: untilTold, env: idleFor(2) });
    job.fakeGpus(csv, gpus);
    await after(job, 6, gpus);
    expect(job.exit()).toMatchObject(inUse);
    expect(job.records('guard')).toEqual([]);
  });

  it('takes a missing GPU for use', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      run: untilTold,
      env: { ...idleFor(3), TRAINYARD_GPUS_PER_NODE: '2' },
    });
    job.fakeGpus(row(0, 0));
    await after(job, 6, 1);
    expect(job.exit()).toMatchObject(inUse);
  });

  it('takes a GPU that vanished on the way for use', async (test) => {
    const job = new LaunchedJob(shell, { test, run: untilTold, env: idleFor(5) });
    const gpus = job.fakeGpus(row(0, 0) + row(1, 0), 2);
    const child = job.start();
    await until('samples of both', () => job.records('gpu').length >= 4);
    gpus.set('csv', row(0, 0));
    const count = job.records('gpu').length;
    await until('samples of one', () => job.records('gpu').length > count + 7);
    job.write('nodes/0/workdir/finish', '');
    await exitOf(child);
    expect(job.exit()).toMatchObject(inUse);
  });

  it('takes silence for use: a nvidia-smi that hangs, or none', async (test) => {
    const hanging = new LaunchedJob(shell, { test, run: untilTold, env: idleFor(2) });
    hanging.fakeGpus('').set('hang', '');
    const without = new LaunchedJob(shell, { test, run: untilTold, env: idleFor(2) });
    for (const job of [hanging, without]) {
      const child = job.start();
      await until('host samples', () => job.records('host').length > 3);
      job.write('nodes/0/workdir/finish', '');
      await exitOf(child);
      expect(job.exit()).toMatchObject(inUse);
    }
  });

  it('does not count setup, and its clock starts with run', async (test) => {
    const job = new LaunchedJob(shell, { test, setup: untilTold, run: 'sleep 30', env: idleFor(3) });
    job.fakeGpus(row(0, 0));
    job.start();
    await until('a long setup', () => job.records('gpu').length > 5);
    expect(job.records('guard')).toEqual([]);
    job.write('nodes/0/workdir/finish', '');
    expect(await job.ended()).toMatchObject({ reasonKind: 'idle_gpu', phaseAt: 'run' });
    const run =
      job.records('phase').find((record) => record.phase === 'run' && record.state === 'start')?.t ??
      Infinity;
    const stop = job.records('guard').find((record) => record.action === 'stop')?.t ?? 0;
    expect(stop - run).toBeGreaterThanOrEqual(3000);
  });
});

describe.skipIf(!linux).concurrent.each(shells)('max_duration, with $name,', (shell) => {
  it('warns, and stops the job in setup too', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      setup: 'echo ready; sleep 30',
      run: 'echo never',
      env: { TRAINYARD_MAX_SECONDS: '4' },
    });
    const at = Date.now();
    expect(await job.run()).not.toBe(0);
    expect(Date.now() - at).toBeGreaterThan(2900);
    expect(job.exit()).toMatchObject({
      reasonKind: 'max_duration',
      reason: 'max_duration of 4 s reached',
      phaseAt: 'setup',
    });
    expect(job.records('guard').map(({ rule, action, reason }) => [rule, action, reason])).toEqual([
      ['max_duration', 'warn', 'max_duration: the job will be stopped in 2 s'],
      ['max_duration', 'stop', 'max_duration of 4 s reached'],
    ]);
    expect(job.log()).toBe('ready\n');
  });

  it('ends a run that ignores it', async (test) => {
    const job = new LaunchedJob(shell, {
      test,
      run: 'trap "" TERM; while :; do sleep 0.1; done',
      env: { TRAINYARD_MAX_SECONDS: '1', TRAINYARD_GRACE_SECONDS: '1' },
    });
    await job.run();
    expect(job.exit()).toMatchObject({ reasonKind: 'max_duration', code: 137, signal: 'SIGKILL' });
  });
});
