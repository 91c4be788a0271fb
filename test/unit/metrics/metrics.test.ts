import { afterEach, expect, test } from 'vitest';
import { Disposables } from '../../../src/lib/disposables';
import { LogStore } from '../../../src/services/logStore';
import { MetricStore, type RunMetrics } from '../../../src/services/metrics';
import { LogFolder } from '../logStore/logFolder';

const held = new Disposables();
afterEach(() => {
  held.dispose();
});

async function opened(folder: LogFolder): Promise<RunMetrics> {
  const store = new MetricStore(new LogStore(folder, folder.connections), () => Date.now());
  const run = held.add(await store.open(folder.job));
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
