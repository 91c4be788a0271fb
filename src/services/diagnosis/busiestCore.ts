import { Buckets } from '../../core/diagnosis/buckets';
import type { MeasuredRun, SeriesInfo } from '../metrics/runMetrics';

/**
 * Of each sample of a node, the core with the highest use: a process that is full moves between cores, so that the mean of no core
 * tells. Cores of one sample stand at the same place of their series.
 */
export class BusiestCore {
  readonly buckets = new Buckets();
  private taken = 0;

  /** Yields after each core, so that others can get their turn. */
  *take(metrics: MeasuredRun, node: number, all: readonly SeriesInfo[]): Generator<void> {
    const cores = all.filter((info) => info.node === node && info.key.startsWith('host.core.'));
    const [first, ...others] = cores;
    if (!first) return;
    const end = Math.min(...cores.map(({ count }) => count));
    const { t, value: highest } = metrics.read(first.key, node, this.taken);
    const count = Math.min(end - this.taken, t.length);
    if (count <= 0) return;
    for (const { key } of others) {
      yield;
      const { value } = metrics.read(key, node, this.taken);
      for (let i = 0; i < count; i++) highest[i] = Math.max(highest[i] ?? NaN, value[i] ?? NaN);
    }
    yield;
    for (let i = 0; i < count; i++) {
      const value = highest[i] ?? NaN;
      if (value >= 0 && value <= 100) this.buckets.add(t[i] ?? NaN, value);
    }
    this.taken += count;
  }
}
