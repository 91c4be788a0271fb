import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LaunchedJob, exitOf, kill, linux, shells, until, type TelemetryRecord } from './launchedJob';

const fixture = (name: string) => readFileSync(`test/fixtures/gpu/${name}`);
const MiB = 1_048_576;
const uuid = (n: number) => `GPU-00000000-0000-0000-0000-00000000000${n}`;

/** The values of one record, without what every record has. */
const values = (record: TelemetryRecord) =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !['v', 't', 'node', 'kind'].includes(key)));

const seen: Record<string, Record<string, unknown>[]> = {
  'query-gpu.h200-load.csv': [
    {
      gpu: 0,
      uuid: uuid(0),
      name: 'NVIDIA H200',
      util: 100,
      memUtil: 7,
      memUsed: 32362 * MiB,
      memTotal: 143771 * MiB,
      temp: 52,
      power: 627.4,
      powerLimit: 700,
    },
  ],
  'query-gpu.h200-idle.csv': [
    {
      gpu: 0,
      uuid: uuid(0),
      name: 'NVIDIA H200',
      util: 0,
      memUtil: 0,
      memUsed: 0,
      memTotal: 143771 * MiB,
      temp: 28,
      power: 77.71,
      powerLimit: 700,
    },
  ],
  'query-gpu.mig-load.csv': [
    {
      gpu: 0,
      uuid: uuid(0),
      name: 'NVIDIA H200',
      memUsed: 16959 * MiB,
      memTotal: 143771 * MiB,
      temp: 36,
      power: 295.01,
      powerLimit: 700,
    },
  ],
  'query-gpu.old-driver-not-supported.csv': [
    {
      gpu: 0,
      uuid: uuid(1),
      name: 'GeForce GT 1030',
      util: 0,
      memUtil: 0,
      memUsed: 0,
      memTotal: 2004 * MiB,
      temp: 44,
    },
  ],
  'query-gpu.geforce-windows.csv': [
    {
      gpu: 0,
      uuid: uuid(0),
      name: 'NVIDIA GeForce RTX 2080 SUPER',
      util: 7,
      memUtil: 3,
      memUsed: 1296 * MiB,
      memTotal: 8192 * MiB,
      temp: 45,
      power: 97.43,
      powerLimit: 250,
    },
  ],
  'query-gpu.one-gpu-error.csv': [
    {
      gpu: 0,
      uuid: uuid(0),
      name: 'NVIDIA A100-SXM4-80GB',
      util: 98,
      memUtil: 60,
      memUsed: 70211 * MiB,
      memTotal: 81920 * MiB,
      temp: 61,
      power: 391.2,
      powerLimit: 400,
    },
    { gpu: 1, uuid: uuid(1), name: 'NVIDIA A100-SXM4-80GB' },
  ],
  'query-gpu.gpu-lost.stdout': [
    {
      gpu: 0,
      uuid: uuid(0),
      name: 'NVIDIA A30',
      util: 55,
      memUtil: 20,
      memUsed: 11211 * MiB,
      memTotal: 24576 * MiB,
      temp: 49,
      power: 120.01,
      powerLimit: 165,
    },
  ],
};

const untilTold = 'echo ready; while [ ! -e finish ]; do sleep 0.05; done';

/** Runs a job until `found`, then lets it end; its exit must be that of a job which nothing disturbed. */
async function watched<T>(job: LaunchedJob, what: string, found: () => T | undefined | false): Promise<T> {
  const child = job.start();
  const value = await until(what, found);
  job.write('nodes/0/workdir/finish', '');
  expect(await exitOf(child)).toBe(0);
  expect(job.exit()).toMatchObject({ code: 0, reasonKind: 'exit' });
  expect(job.log()).toBe('ready\n');
  expect(job.processes()).toEqual([]);
  return value;
}

describe.skipIf(!linux).concurrent.each(shells)('GPU samples, with $name,', (shell) => {
  it.for(Object.entries(seen))(
    'of %s have what could be read, and 0 for nothing else',
    async ([name, expected], test) => {
      const job = new LaunchedJob(shell, { test, run: untilTold });
      job.fakeGpus(fixture(name));
      const records = await watched(
        job,
        'two samples',
        () => job.records('gpu').length > expected.length && job.records('gpu'),
      );
      expect(records.slice(0, expected.length).map(values)).toEqual(expected);
    },
  );

  it('of 8 GPUs are one record each, at the same time', async (test) => {
    const job = new LaunchedJob(shell, { test, run: untilTold });
    job.fakeGpus(fixture('query-gpu.8xh100.csv'), 8);
    const records = await watched(
      job,
      'two samples',
      () => job.records('gpu').length >= 16 && job.records('gpu').slice(0, 16),
    );
    expect(records.map((record) => record.gpu)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(records.slice(0, 8).map((record) => record.t)).size).toBe(1);
    expect(records.slice(0, 8).map((record) => record.util)).toEqual([90, 91, 92, 93, 94, 95, 96, 0]);
  });

  it.for([
    ['no-devices.exit6.stdout', '6'],
    ['no-driver.exit9.stdout', '9'],
    ['nvml-mismatch.exit18.stdout', '18'],
  ] as const)('are none for %s, and the job does not mind', async ([name, exit], test) => {
    const job = new LaunchedJob(shell, { test, run: untilTold });
    const gpus = job.fakeGpus(fixture(name));
    gpus.set('exit', exit);
    await watched(
      job,
      'a question and a host sample',
      () => gpus.asked().length > 0 && job.records('host').length > 1,
    );
    expect(job.records('gpu')).toEqual([]);
    expect(gpus.asked()).toEqual([expect.stringContaining('--query-gpu=index,')]);
  });

  it('come with fewer fields from a driver that knows fewer', async (test) => {
    const job = new LaunchedJob(shell, { test, run: untilTold });
    const gpus = job.fakeGpus('');
    gpus.set('unknown', 'utilization.memory\n');
    gpus.set('csv.7', '0, GPU-7, Tesla K80, 12, 100, 11441, 40\n');
    const [record] = await watched(
      job,
      'a sample',
      () => job.records('gpu').length > 0 && job.records('gpu'),
    );
    expect(record && values(record)).toEqual({
      gpu: 0,
      uuid: 'GPU-7',
      name: 'Tesla K80',
      util: 12,
      memUsed: 100 * MiB,
      memTotal: 11441 * MiB,
      temp: 40,
    });
  });

  it('survive garbage, and names that are no JSON', async (test) => {
    const job = new LaunchedJob(shell, { test, run: untilTold });
    const garbage = Buffer.concat([
      Buffer.from([0x00, 0xff, 0x0a]),
      Buffer.from('x, y, z\n\n,,,,,,,,,,\n0\n'),
    ]);
    job.fakeGpus(
      Buffer.concat([
        garbage,
        Buffer.from('3, GPU-"\\u0041, Bad "name" \\ é, 5, -, 1e9, 7, 1, 2, 3\r\n'),
        garbage,
      ]),
    );
    const [record] = await watched(
      job,
      'a sample',
      () => job.records('gpu').length > 0 && job.records('gpu'),
    );
    expect(record).toMatchObject({ gpu: 3, uuid: 'GPU-"\\u0041', util: 5, memTotal: 7 * MiB, powerLimit: 3 });
    expect(record?.name).toMatch(/^Bad "name" \\ \?+$/);
    expect(record).not.toHaveProperty('memUtil');
    expect(record).not.toHaveProperty('memUsed');
  });

  it('are asked of one nvidia-smi for the whole job, and of a new one when it dies', async (test) => {
    const job = new LaunchedJob(shell, { test, run: untilTold });
    const gpus = job.fakeGpus(fixture('query-gpu.h200-load.csv'));
    const child = job.start();
    await until('three samples', () => job.records('gpu').length >= 3);
    expect(gpus.asked()).toHaveLength(1);
    const tools = job.samplers().filter((pid) => LaunchedJob.command(pid).includes('--query-gpu'));
    for (const pid of tools) kill(pid, 'SIGKILL');
    const count = job.records('gpu').length;
    await until(
      'samples of the next',
      () => gpus.asked().length === 2 && job.records('gpu').length > count + 1,
    );
    job.write('nodes/0/workdir/finish', '');
    expect(await exitOf(child)).toBe(0);
  });
});

describe.skipIf(!linux).concurrent.each(shells)('the number of GPUs, with $name,', (shell) => {
  const count = 'echo "$SKYPILOT_NUM_GPUS_PER_NODE $PET_NPROC_PER_NODE"';

  it.for([
    ['8 GPUs', 'GPU 0: A (UUID: x)\nGPU 1: A (UUID: y)\n', '2 2\n'],
    ['MIG slices of one GPU', fixture('list-L.mig.txt'), '1 1\n'],
    ['old MIG naming', fixture('list-L.mig-old.txt'), '1 1\n'],
    ['no devices', fixture('no-devices.exit6.stdout'), '0 1\n'],
    ['no driver', fixture('no-driver.exit9.stdout'), '0 1\n'],
  ] as const)('is counted where nobody says it: %s', async ([, list, expected], test) => {
    const job = new LaunchedJob(shell, { test, run: count, env: { TRAINYARD_GPUS_PER_NODE: '' } });
    job.fakeGpus('').set('list', list);
    expect(await job.run()).toBe(0);
    expect(job.log()).toBe(expected);
  });

  it('is 0 without nvidia-smi', async (test) => {
    const job = new LaunchedJob(shell, { test, run: count, env: { TRAINYARD_GPUS_PER_NODE: '' } });
    await job.run();
    expect(job.log()).toBe('0 1\n');
  });

  it(
    'is 0 when nvidia-smi hangs: the job starts nevertheless, and nothing of it stays',
    { timeout: 40_000 },
    async (test) => {
      const job = new LaunchedJob(shell, { test, run: count, env: { TRAINYARD_GPUS_PER_NODE: '' } });
      job.fakeGpus('').set('hang', '');
      expect(await job.run()).toBe(0);
      expect(job.log()).toBe('0 1\n');
      expect(job.processes()).toEqual([]);
    },
  );

  it('can be asked of a hanging nvidia-smi, and the job can still be stopped', async (test) => {
    const job = new LaunchedJob(shell, { test, run: 'echo never', env: { TRAINYARD_GPUS_PER_NODE: '' } });
    const gpus = job.fakeGpus('');
    gpus.set('hang', '');
    const child = job.start();
    await until('the question', () => gpus.asked().length > 0);
    kill(job.launcher(), 'SIGTERM');
    await exitOf(child);
    expect(job.exit()).toMatchObject({ reasonKind: 'stopped' });
    expect(job.log()).toBe('');
    expect(job.processes()).toEqual([]);
  });

  it.for([1, 2, 3, 4])('is given up whenever signals come, also while it is begun: %i', async (_, test) => {
    const job = new LaunchedJob(shell, { test, run: 'echo never', env: { TRAINYARD_GPUS_PER_NODE: '' } });
    job.fakeGpus('').set('hang', '');
    const child = job.start();
    const pid = await until('the launcher', () => job.launcher() || undefined);
    // So many that some come between the two programs of a pipeline.
    await until('the end', () => {
      for (let i = 0; i < 200 && job.read('exit') === ''; i++) kill(pid, 'SIGTERM');
      return child.exitCode !== null;
    });
    expect(job.exit()).toMatchObject({ reasonKind: 'stopped' });
    expect(job.processes()).toEqual([]);
  });

  it('does not matter to a job whose nvidia-smi hangs later', async (test) => {
    const job = new LaunchedJob(shell, { test, run: untilTold });
    const gpus = job.fakeGpus('');
    gpus.set('hang', '');
    await watched(job, 'host samples', () => gpus.asked().length > 0 && job.records('host').length > 1);
  });
});

describe.skipIf(!linux).concurrent.each(shells)('host samples, with $name,', (shell) => {
  it('have CPU, memory, disk, network and the size of the log, in sane ranges', async (test) => {
    const job = new LaunchedJob(shell, { test, run: untilTold });
    const records = await watched(
      job,
      'three samples',
      () => job.records('host').length > 2 && job.records('host'),
    );
    const [first, second] = records;
    expect(first).not.toHaveProperty('cpu');
    expect(first?.memTotal).toBeGreaterThan(1e8);
    expect(second?.cpu).toBeGreaterThanOrEqual(0);
    expect(second?.cpu).toBeLessThanOrEqual(100);
    expect((second?.cores as number[]).length).toBe(
      readFileSync('/proc/stat', 'utf8').match(/^cpu\d/gm)?.length,
    );
    expect(second?.memUsed).toBeLessThan(second?.memTotal as number);
    expect(second?.diskFree).toBeGreaterThan(0);
    expect(second?.logBytes).toBe('ready\n'.length);
  });

  it('can be turned off', async (test) => {
    const job = new LaunchedJob(shell, { test, run: 'sleep 1.2', env: { TRAINYARD_SAMPLE_SECONDS: '0' } });
    await job.run();
    expect(job.telemetry().map((record) => record.kind)).toEqual(['phase', 'phase', 'exit']);
  });
});
