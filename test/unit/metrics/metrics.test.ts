import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { CancelledError } from '../../../src/core/errors';
import { Disposables } from '../../../src/lib/disposables';
import { LogStore } from '../../../src/services/logStore/logStore';
import { MetricStore, type RunMetrics } from '../../../src/services/metrics/metrics';
import { metricsDocument } from '../../../src/services/metrics/metricsDocument';
import { workersFolder } from '../../fakes/workers';
import { LogFolder } from '../logStore/logFolder';

const held = new Disposables();
afterEach(() => {
  held.dispose();
});

function storeOf(folder: LogFolder, workers = workersFolder): MetricStore {
  return held.add(new MetricStore(new LogStore(folder, folder.connections, workersFolder), workers));
}

async function opened(folder: LogFolder): Promise<RunMetrics> {
  const run = held.add(await storeOf(folder).open(folder.job));
  await run.settled();
  return run;
}

async function untilChanged(run: RunMetrics, there: () => boolean): Promise<void> {
  while (!there()) {
    await new Promise<void>((resolve) => {
      const subscription = run.onDidChange(() => {
        subscription.dispose();
        resolve();
      });
    });
  }
}

test('metrics come from telemetry lines, JSON lines and the regexes of the job file', async () => {
  const folder = held.add(
    await LogFolder.make(1, { metrics: [{ name: 'accuracy', regex: 'accuracy=([0-9.]+)' }] }),
  );
  await folder.write('##trainyard {"kind":"metric","name":"loss","value":0.5,"step":1,"t":1000}\n');
  await folder.write('{"loss": 0.25, "step": 2}\nepoch 1 accuracy=0.75 ok\n');
  await folder.telemetry({ kind: 'gpu', t: 1500, gpu: 0, name: 'H100', util: 90, memTotal: 80e9 });
  await folder.telemetry({ kind: 'host', t: 1500, cpu: 12.5, cores: [10, 15] });
  folder.become('succeeded');
  const run = await opened(folder);
  expect(run.series().map(({ key, unit, count, last }) => [key, unit, count, last])).toEqual([
    ['gpu.0.util', '%', 1, 90],
    ['host.cpu', '%', 1, 12.5],
    ['host.core.0', '%', 1, 10],
    ['host.core.1', '%', 1, 15],
    ['loss', '', 2, 0.25],
    ['accuracy', '', 1, 0.75],
  ]);
  const loss = run.read('loss', 0);
  expect([...loss.step]).toEqual([1, 2]);
  expect([...loss.value]).toEqual([0.5, 0.25]);
  expect(run.hardware()).toEqual([{ node: 0, cores: 2, gpus: [{ index: 0, name: 'H100', memTotal: 80e9 }] }]);
});

test('many points come in many batches, all of them and in order', async () => {
  const folder = held.add(await LogFolder.make());
  const lines = Array.from({ length: 100_000 }, (_, i) => `{"loss": ${i}, "lr": 1, "step": ${i}, "t": 5}\n`);
  await folder.write(lines.join(''));
  const run = await opened(folder);
  const { step, value } = run.read('loss', 0);
  expect(value).toHaveLength(lines.length);
  expect(value.every((one, i) => one === i && step[i] === i)).toBe(true);
  const window = run.find('loss', 0)?.window([500, 999], 10, 'step');
  expect([window?.value[0], window?.value.at(-1)]).toEqual([499, 1000]);
  expect(run.seriesCount()).toBe(2);
});

test('whatever a log holds does no harm, and what is well-formed in it is read', async () => {
  const folder = held.add(await LogFolder.make());
  const garbage = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7919 + (i >> 3)) & 0xff));
  for (const channel of ['log', 'telemetry'] as const) {
    await folder.write(garbage, 0, channel);
    await folder.write(
      '\n##trainyard {"v":1,"kind":"metric"\n##trainyard {"kind":"gpu","gpu":-1}\n',
      0,
      channel,
    );
    await folder.write(`##trainyard {"kind":"metric","name":"${channel}","value":1,"t":1}\n`, 0, channel);
    await folder.write(garbage, 0, channel);
  }
  folder.become('failed');
  const run = await opened(folder);
  expect(run.series().map(({ key, last }) => [key, last])).toEqual([
    ['telemetry', 1],
    ['log', 1],
  ]);
});

test('a log that can’t be read says so to whoever waits for it', async () => {
  const folder = held.add(await LogFolder.make());
  await mkdir(folder.path(0), { recursive: true });
  const run = held.add(await storeOf(folder).open(folder.job));
  await expect(run.settled()).rejects.toThrow('EISDIR');
  await expect(run.settled()).rejects.toThrow('EISDIR');
});

test('a thread that ends by itself fails the runs that it read, and the next run has a new one', async () => {
  const folder = held.add(await LogFolder.make());
  await folder.write('{"loss": 0.5}\n');
  const workers = join(folder.folder('workers'));
  await mkdir(workers, { recursive: true });
  const program = join(workers, 'metricsWorker.js');
  await writeFile(program, 'process.exit(3);');
  const store = storeOf(folder, workers);
  const first = held.add(await store.open(folder.job));
  await expect(first.settled()).rejects.toThrow('exit code 3');
  await writeFile(program, `import(${JSON.stringify(join(workersFolder, 'metricsWorker.js'))});`);
  const second = held.add(await store.open(folder.job));
  await second.settled();
  expect(second.series()).toHaveLength(1);
});

test('whoever waits for a run that is closed, or for a store that is, does not wait for ever', async () => {
  const folder = held.add(await LogFolder.make());
  const store = storeOf(folder);
  const run = await store.open(folder.job);
  const waiting = run.settled();
  run.dispose();
  await waiting;
  await run.settled();
  const other = await store.open(folder.job);
  const left = other.settled();
  store.dispose();
  await expect(left).rejects.toThrow(CancelledError);
});

test('steps that go back are told as restarts, with the time before and after', async () => {
  const folder = held.add(await LogFolder.make());
  for (const [t, step] of [
    [1000, 1],
    [2000, 2],
    [8000, 1],
  ])
    await folder.write(`##trainyard {"kind":"metric","name":"loss","value":1,"t":${t},"step":${step}}\n`);
  const run = await opened(folder);
  expect(run.restarts()).toEqual([{ node: 0, before: 2000, t: 8000, step: 1 }]);
});

test('a half-written line is taken once, when it is completed', async () => {
  const folder = held.add(await LogFolder.make());
  await folder.write('{"loss": 0.5, "st');
  const run = await opened(folder);
  expect(run.series()).toEqual([]);
  await folder.write('ep": 3}\n');
  await untilChanged(run, () => run.series().length > 0);
  expect([...run.read('loss', 0).step]).toEqual([3]);
});

test('a regex that backtracks for ever is switched off and said so; the others go on', async () => {
  const folder = held.add(
    await LogFolder.make(1, {
      metrics: [
        { name: 'bad', regex: '(a+)+$' },
        { name: 'loss', regex: 'loss=([0-9.]+)' },
      ],
    }),
  );
  await folder.write(`loss=1\n${'a'.repeat(60)}!\nloss=2\n`);
  folder.become('succeeded');
  const run = await opened(folder);
  expect([...run.read('loss', 0).value]).toEqual([1, 2]);
  expect(run.notes()).toHaveLength(1);
  expect(run.notes()[0]).toContain('bad');
});

test('ranks of one node have a series each; without a rank the lowest is read', async () => {
  const folder = held.add(await LogFolder.make());
  await folder.write('{"loss": 2, "rank": 1}\n{"loss": 1, "rank": 0}\n{"loss": 3, "rank": 1}\n');
  const run = await opened(folder);
  expect(run.series().map(({ key, rank, count }) => [key, rank, count])).toEqual([
    ['loss', 0, 1],
    ['loss', 1, 2],
  ]);
  expect([...run.read('loss', 0).value]).toEqual([1]);
  expect([...run.read('loss', 0, 0, 1).value]).toEqual([2, 3]);
  expect([...run.read('loss', 0, 1, 1).value]).toEqual([3]);
  expect(run.read('loss', 7).value).toHaveLength(0);
});

test('lines without a time of their own have that of the launcher, and times never go back or into the future', async () => {
  const folder = held.add(await LogFolder.make());
  await folder.telemetry({ kind: 'host', t: 1000, logBytes: 12 });
  await folder.telemetry({ kind: 'host', t: 3000, logBytes: 24 });
  await folder.write('{"loss": 1}\n{"loss": 2}\n');
  await folder.write('##trainyard {"kind":"metric","name":"loss","value":3,"t":2000}\n');
  await folder.write('##trainyard {"kind":"metric","name":"loss","value":4,"t":4000000000000}\n');
  const run = await opened(folder);
  const { t, value } = run.read('loss', 0);
  expect([...value]).toEqual([1, 2, 3, 4]);
  expect([...t.slice(0, 3)]).toEqual([1000, 3000, 3000]);
  expect(t[3]).toBeLessThanOrEqual(Date.now());
});

test('each state of a progress bar is a line: its metric comes while the line still rewrites itself', async () => {
  const folder = held.add(await LogFolder.make(1, { metrics: [{ name: 'loss', regex: 'loss=([0-9.]+)' }] }));
  await folder.write('\r 10%|# | loss=0.9\r 20%|##| loss=0.8\r 30%');
  const run = await opened(folder);
  expect([...run.read('loss', 0).value]).toEqual([0.9, 0.8]);
});

test('phases and guards are kept in order, from the launcher and from the script', async () => {
  const folder = held.add(await LogFolder.make());
  await folder.telemetry({ kind: 'phase', t: 1000, phase: 'run', state: 'start' });
  await folder.write('##trainyard {"kind":"phase","t":1500,"phase":"checkpoint","path":"a.pt"}\n');
  await folder.telemetry({ kind: 'guard', t: 2000, rule: 'max_duration', action: 'warn', reason: 'soon' });
  const run = await opened(folder);
  expect(run.phases()).toEqual([
    { t: 1000, node: 0, phase: 'run', state: 'start' },
    { t: 1500, node: 0, phase: 'checkpoint', path: 'a.pt' },
  ]);
  expect(run.guards()).toEqual([{ t: 2000, node: 0, rule: 'max_duration', action: 'warn', reason: 'soon' }]);
});

test('more series than anybody can look at are left out and counted', async () => {
  const folder = held.add(await LogFolder.make());
  await folder.write(Array.from({ length: 2050 }, (_, i) => `{"loss_at_step_${i}": 1}\n`).join(''));
  const run = await opened(folder);
  expect(run.series()).toHaveLength(2000);
  expect(run.notes()).toEqual([
    'This job has more than 2000 series: 50 points of the later ones are not shown.',
  ]);
});

test('the document of the CLI names every series once, with the rank only where ranks share a node', async () => {
  const folder = held.add(await LogFolder.make(2));
  await folder.write('{"loss": 1, "step": 4, "rank": 0, "t": 5}\n{"__proto__": 5}\n', 0);
  await folder.write('{"loss": 2, "rank": 1}\n', 1);
  await folder.telemetry({ kind: 'host', t: 1000, cpu: 3, logBytes: 500 }, 0);
  await folder.telemetry({ kind: 'host', t: 1000, logBytes: 500 }, 1);
  const run = await opened(folder);
  expect(JSON.parse(JSON.stringify(metricsDocument(run)))).toEqual(
    JSON.parse(
      '{"host.cpu": [{"t": 1000, "step": null, "node": 0, "value": 3}], "loss": [{"t": 1000, "step": 4, "node": 0, "value": 1}, {"t": 1000, "step": null, "node": 1, "value": 2}], "__proto__": [{"t": 1000, "step": null, "node": 0, "value": 5}]}',
    ),
  );
});
