import { afterEach, expect, test } from 'vitest';
import { Disposables } from '../../../src/lib/disposables';
import { RunDiagnoses } from '../../../src/services/diagnosis/diagnoses';
import { LogStore } from '../../../src/services/logStore/logStore';
import { MetricStore } from '../../../src/services/metrics/metrics';
import { aSpec } from '../../fakes/trainingJob';
import { workersFolder } from '../../fakes/workers';
import { LogFolder } from '../logStore/logFolder';

const held = new Disposables();
afterEach(() => {
  held.dispose();
});

const start = 1_700_000_000_000;
const second = 1000;

/** What a node's launcher writes every five seconds. */
function samples(from: number, to: number, gpu: object, host: object): object[] {
  const records: object[] = [];
  for (let t = from; t < to; t += 5) {
    const at = start + t * second;
    records.push({ kind: 'host', t: at, iowait: 0.3, netIn: 1000, netOut: 500, memTotal: 64e9, ...host });
    records.push({ kind: 'gpu', t: at, gpu: 0, name: 'NVIDIA H100 80GB HBM3', memTotal: 85e9, ...gpu });
  }
  return records;
}

async function diagnoses(folder: LogFolder, records: readonly object[], now = start): Promise<RunDiagnoses> {
  const lines = records.map((record) => `##trainyard ${JSON.stringify({ v: 1, node: 0, ...record })}\n`);
  await folder.write(lines.join(''), 0, 'telemetry');
  const logs = new LogStore(folder, folder.connections, workersFolder);
  const store = held.add(new MetricStore(logs, workersFolder));
  const metrics = held.add(await store.open(folder.job));
  return new RunDiagnoses(
    metrics,
    () => folder.job,
    () => now,
  );
}

const waiting = { util: 23, memUsed: 9e9 };
const pythonBound = { cpu: 14, cores: [3, 99, 4, 5, 2, 3, 4, 2], memUsed: 20e9 };
const begun = { kind: 'phase', t: start, phase: 'run', state: 'start' };

test('a run whose one core is full while its GPU waits is input-bound, from its telemetry', async () => {
  const folder = held.add(await LogFolder.make());
  folder.job = { ...folder.job, spec: aSpec() };
  folder.become('succeeded');
  const run = await diagnoses(folder, [begun, ...samples(0, 600, waiting, pythonBound)]);
  const { findings } = await run.findings();
  expect(findings.map(({ title }) => title)).toEqual([
    'Input-bound: GPU 23 %, one CPU core at 99 % for 10 m',
  ]);
  expect(findings[0]?.evidence.map(({ value }) => value)).toEqual(['23 %', '14 %', '99 %']);
});

test('the full core is found though the process moves between cores', async () => {
  const folder = held.add(await LogFolder.make());
  folder.job = { ...folder.job, spec: aSpec() };
  folder.become('succeeded');
  const moving = samples(0, 600, waiting, {}).map((record, i) =>
    'iowait' in record
      ? { ...record, cpu: 26, cores: [0, 1, 2, 3].map((core) => (core === (i >> 1) % 4 ? 99 : 2)) }
      : record,
  );
  const run = await diagnoses(folder, [begun, ...moving]);
  expect((await run.findings()).findings[0]?.title).toContain('one CPU core at 99 %');
});

test('a live run is judged again from what has come since', async () => {
  const folder = held.add(await LogFolder.make());
  folder.job = { ...folder.job, spec: aSpec() };
  const now = start + 595 * second;
  const run = await diagnoses(folder, [begun, ...samples(0, 60, waiting, pythonBound)], now);
  expect((await run.findings()).findings).toEqual([]);
  for (const record of samples(60, 600, waiting, pythonBound)) await folder.telemetry(record);
  folder.become('running');
  const [both] = await Promise.all([run.findings(), run.findings()]);
  expect(both.findings.map(({ title }) => title)).toEqual([
    'Input-bound: GPU 23 %, one CPU core at 99 % for 9 m',
  ]);
});

test('time after run, such as collecting outputs, is no part of it', async () => {
  const folder = held.add(await LogFolder.make());
  folder.job = { ...folder.job, spec: aSpec() };
  folder.become('succeeded');
  const run = await diagnoses(folder, [
    begun,
    ...samples(0, 200, { util: 95, memUsed: 9e9 }, pythonBound),
    { kind: 'phase', t: start + 200 * second, phase: 'run', state: 'end' },
    ...samples(200, 900, waiting, pythonBound),
  ]);
  expect((await run.findings()).findings).toEqual([]);
});

test('values that can’t be are not taken in', async () => {
  const folder = held.add(await LogFolder.make());
  folder.job = { ...folder.job, spec: aSpec() };
  folder.become('succeeded');
  const run = await diagnoses(folder, [
    begun,
    ...samples(0, 600, { util: -5, memUsed: -1 }, { cpu: 1e12, cores: [-1, 400], memUsed: -1 }),
  ]);
  expect((await run.findings()).findings).toEqual([]);
  expect(await run.size(undefined, undefined)).toMatchObject({ kind: 'unknown' });
});

test('ranks of one node are compared by the steps that they told', async () => {
  const folder = held.add(await LogFolder.make());
  folder.job = { ...folder.job, spec: aSpec() };
  folder.become('succeeded');
  const steps = Array.from({ length: 200 }, (_, step) =>
    [0, 1, 2].map((rank) => ({
      ...{ kind: 'metric', name: 'loss', value: 1, step, rank },
      t: start + step * 3 * second + (rank === 2 ? 1200 : 10 * rank),
    })),
  ).flat();
  const run = await diagnoses(folder, [
    begun,
    ...samples(0, 600, { util: 95, memUsed: 60e9 }, pythonBound),
    ...steps,
  ]);
  expect((await run.findings()).findings.map(({ title }) => title)).toEqual([
    'One slow rank: rank 2, each step comes 1.2 s after the others’ for 10 m',
  ]);
});

test('the right size comes from the peak of memory and the p95 of use, and from what the job cost', async () => {
  const folder = held.add(await LogFolder.make());
  const startedAt = start;
  folder.job = { ...folder.job, connection: 'aws/us-east-1', hourlyUsd: 6.88, spec: aSpec() };
  folder.become('succeeded', { startedAt, endedAt: start + 3_600_000 });
  const run = await diagnoses(folder, [
    begun,
    ...samples(0, 60, { util: 0, memUsed: 1e9 }, pythonBound),
    ...samples(60, 600, { util: 6, memUsed: 9e9 }, pythonBound),
    ...samples(600, 605, { util: 100, memUsed: 11e9 }, pythonBound),
  ]);
  const size = await run.size(undefined, undefined);
  expect(size).toMatchObject({ kind: 'cheaper', gpu: 'H100', peakMemory: 11e9, p95: 6 });
  expect('choices' in size && size.choices[0]).toMatchObject({
    machine: { type: 'g4dn.xlarge' },
    saves: { perHour: 6.88 - 0.526, perRun: 6.88 - 0.526 },
  });
  const machine = { instanceType: 'p5.4xlarge', spot: true };
  expect(await run.size(machine, 'gpu')).toMatchObject({ kind: 'needsMore' });
});

test('a run too short to tell a p95 gets no advice on its size', async () => {
  const folder = held.add(await LogFolder.make());
  folder.job = { ...folder.job, spec: aSpec() };
  folder.become('succeeded');
  const run = await diagnoses(folder, [begun, ...samples(0, 100, waiting, pythonBound)]);
  expect(await run.size(undefined, undefined)).toMatchObject({ kind: 'unknown' });
});
