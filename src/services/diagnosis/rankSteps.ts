import type { StepTimes } from '../../core/diagnosis/runHistory';
import { StepLog } from '../../core/diagnosis/stepLog';
import type { MeasuredRun, SeriesInfo } from '../metrics/runMetrics';

/** Ranks whose steps are compared. */
const mostRanks = 128;
/** Steps that a metric must have before ranks are compared by it. */
const leastSteps = 20;

/** When each rank or node told its steps, of the one metric that most of them tell. */
export class RankSteps {
  private key: string | undefined;
  private readonly ranks = new Map<
    string,
    { readonly of: SeriesInfo; readonly log: StepLog; taken: number }
  >();

  /** Yields after each rank, so that others can get their turn. */
  *take(metrics: MeasuredRun, all: readonly SeriesInfo[]): Generator<void> {
    this.key ??= keyOfRanks(all);
    for (const of of all) {
      if (of.key !== this.key) continue;
      const id = `${of.node} ${of.rank ?? ''}`;
      if (!this.ranks.has(id) && this.ranks.size >= mostRanks) continue;
      const rank = this.ranks.get(id) ?? { of, log: new StepLog(), taken: 0 };
      this.ranks.set(id, rank);
      const { t, step } = metrics.read(of.key, of.node, rank.taken, of.rank);
      rank.taken += t.length;
      for (let i = 0; i < t.length; i++) rank.log.add(t[i] ?? NaN, step[i] ?? NaN);
      yield;
    }
  }

  times(): readonly StepTimes[] {
    return [...this.ranks.values()].map(({ of: { node, rank }, log }) => ({
      node,
      ...(rank !== undefined && { rank }),
      ...log.columns(),
    }));
  }
}

/** The metric that most ranks or nodes told, often enough. */
function keyOfRanks(all: readonly SeriesInfo[]): string | undefined {
  const ranks = new Map<string, number>();
  for (const { key, count } of all) {
    if (count >= leastSteps && !/^(?:host|gpu)\./.test(key)) ranks.set(key, (ranks.get(key) ?? 0) + 1);
  }
  const [most] = [...ranks].sort((a, b) => b[1] - a[1]);
  return most && most[1] > 1 ? most[0] : undefined;
}
