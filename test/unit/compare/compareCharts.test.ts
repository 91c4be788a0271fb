import { afterEach, expect, test } from 'vitest';
import type { TrainingJob } from '../../../src/core/trainingJob';
import { Disposables } from '../../../src/lib/disposables';
import { LogStore } from '../../../src/services/logStore/logStore';
import { MetricStore, type RunMetrics } from '../../../src/services/metrics/metrics';
import { CompareCharts } from '../../../src/ui/panels/comparePanel/compareCharts';
import { workersFolder } from '../../fakes/workers';
import { LogFolder } from '../logStore/logFolder';

const held = new Disposables();
afterEach(() => {
  held.dispose();
});

/** Runs with these lines, and the charts over them; counts the logs that are open. */
async function charts(lines: Readonly<Record<string, readonly object[]>>) {
  const folders = new Map<string, LogFolder>();
  for (const [id, all] of Object.entries(lines)) {
    const folder = held.add(await LogFolder.make());
    folder.job = { ...folder.job, id, startedAt: 1000 };
    for (const line of all)
      await folder.write(`##trainyard ${JSON.stringify({ kind: 'metric', ...line })}\n`);
    folder.become('succeeded');
    folders.set(id, folder);
  }
  let open = 0;
  const store = {
    open: async (job: TrainingJob): Promise<RunMetrics> => {
      const folder = folders.get(job.id);
      if (!folder) throw new Error('no such run');
      open += 1;
      const logs = new LogStore(folder, folder.connections, workersFolder);
      const run = await held.add(new MetricStore(logs, workersFolder)).open(job);
      const close = run.dispose.bind(run);
      run.dispose = () => {
        open -= 1;
        close();
      };
      return run;
    },
  };
  const made = held.add(
    new CompareCharts(
      store,
      (id) => folders.get(id)?.job,
      () => undefined,
    ),
  );
  return { charts: made, open: () => open };
}

const request = { axis: 'time', range: null, columns: 100 } as const;

test('a chart a metric, losses first, with how many runs have it and whether all count steps', async () => {
  const { charts: made } = await charts({
    'a-000000': [{ t: 2000, step: 1, metrics: { accuracy: 0.5, loss: 1 } }],
    'b-000000': [{ t: 2000, metrics: { loss: 2 } }],
  });
  expect(await made.list(['a-000000', 'b-000000'])).toEqual([
    { id: 'loss', runs: 2, steps: false },
    { id: 'accuracy', runs: 1, steps: true },
  ]);
});

test('curves begin at the start of their run, or go by the steps of the newest attempt', async () => {
  const { charts: made } = await charts({
    'a-000000': [
      { t: 2000, step: 1, metrics: { loss: 3 } },
      { t: 4000, step: 5, metrics: { loss: 2 } },
      { t: 6000, step: 2, metrics: { loss: 1 } },
    ],
  });
  const [time] = await made.chart({ ...request, metric: 'loss', runs: ['a-000000'] });
  expect([...(time?.x ?? [])]).toEqual([1000, 3000, 5000]);
  expect([...(time?.value ?? [])]).toEqual([3, 2, 1]);
  expect(time?.last).toBe(1);
  const [step] = await made.chart({ ...request, axis: 'step', metric: 'loss', runs: ['a-000000'] });
  // The training went back to step 2: what it measured there stands in for what came after.
  expect([...(step?.x ?? [])]).toEqual([1, 2]);
});

test('runs that are no longer overlaid, or gone, are let go', async () => {
  const point = { t: 2000, metrics: { loss: 1 } };
  const { charts: made, open } = await charts({ 'a-000000': [point], 'b-000000': [point] });
  await made.list(['a-000000', 'b-000000', 'gone-000000']);
  expect(open()).toBe(2);
  expect(await made.list(['b-000000'])).toHaveLength(1);
  await Promise.resolve();
  expect(open()).toBe(1);
  made.dispose();
  await Promise.resolve();
  expect(open()).toBe(0);
});
