import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Series } from '../../src/core/series/series';
import { RunDiagnoses } from '../../src/services/diagnosis/diagnoses';
import type { MeasuredRun, SeriesInfo } from '../../src/services/metrics/runMetrics';
import { aJob } from '../fakes/trainingJob';
import type { Bench } from './row';

const samples = 1_000_000;
/** A sample each two seconds is 23 days; a script's metrics come as often as its steps. */
const every = 2000;
const keys = ['host.cpu', 'host.iowait', 'host.core.0', 'host.core.1', 'gpu.0.util', 'gpu.0.memUsed', 'loss'];

/** What the rules cost where a run has a million samples in each of seven series: the first look, and each after one more sample. */
export const bench: Bench = async () => {
  const run = new Measured();
  for (let i = 0; i < samples; i++) run.add(i);
  const diagnoses = new RunDiagnoses(
    run,
    () => aJob({ connection: 'local' }),
    () => run.now,
  );
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const first = await timed(() => diagnoses.findings());
  delay.disable();
  const later: number[] = [];
  for (let i = 0; i < 20; i++) {
    run.add(samples + i);
    later.push(await timed(() => diagnoses.findings()));
  }
  const note = `seven series of ${samples.toLocaleString('en-US')} samples in memory, read and judged; a look is taken at most every 5 s while the panel is seen`;
  const each = later.toSorted((a, b) => a - b)[later.length >> 1] ?? NaN;
  return [
    { metric: 'diagnosis, first look at 7 M samples', ours: first, unit: 'ms', note },
    {
      metric: 'diagnosis, event loop held at most',
      ours: delay.max / 1e6,
      unit: 'ms',
      target: { atMost: 50 },
    },
    { metric: 'diagnosis, look after one more sample', ours: each, unit: 'ms', target: { atMost: 10 } },
  ];
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** A run in memory, as the store keeps it. */
class Measured implements MeasuredRun {
  now = 1_700_000_000_000;
  private readonly columns = new Map(keys.map((key) => [key, new Series()]));

  add(i: number): void {
    this.now += every;
    for (const [at, key] of keys.entries()) this.columns.get(key)?.add(this.now, i, (i * (at + 7)) % 97);
  }

  series(): readonly SeriesInfo[] {
    return [...this.columns].map(([key, { count, last, min, max }]) => ({
      ...{ key, node: 0, count, last, min, max },
      unit: /cpu|iowait|core|util/.test(key) ? '%' : '',
    }));
  }

  read(key: string, _node: number, fromIndex = 0) {
    return (this.columns.get(key) ?? new Series()).points(fromIndex);
  }

  phases() {
    return [];
  }
  hardware() {
    return [{ node: 0, cores: 2, gpus: [{ index: 0, memTotal: 97 }] }];
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }
}
