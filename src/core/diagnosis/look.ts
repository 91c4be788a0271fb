import type { Column, NodeHistory, RunHistory } from './runHistory';
import { thresholds } from './thresholds';

/** A time of a run that a rule looks at: unix milliseconds, and the buckets `[first, end)` that lie in it. */
export interface Look {
  readonly history: RunHistory;
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly end: number;
}

/** What one bucket says: `undefined` where a value that it takes is missing. */
export type Test = (bucket: number) => boolean | undefined;

export function lookAt(history: RunHistory, from: number, to: number): Look {
  const first = Math.max(0, Math.ceil((from - history.from) / history.width));
  const end = Math.max(first, Math.ceil((to - history.from) / history.width));
  return { history, from, to, first, end };
}

/**
 * Whether `test` held for more than half of the time. Never where samples are too few, cover less than half of the time, or for a
 * live run are stale: data that is missing says nothing.
 */
export function holds(look: Look, test: Test, leastTime: number = thresholds.leastTime): boolean {
  let [seen, held, last] = [0, 0, -1];
  for (let i = look.first; i < Math.min(look.end, look.history.count); i++) {
    const result = test(i);
    if (result === undefined) continue;
    seen++;
    last = i;
    if (result) held++;
  }
  return held * 2 > seen && isEnough(look, seen, last, leastTime);
}

/** Whether so many buckets with a value, the last of which is `last`, can carry a statement. */
export function isEnough(look: Look, seen: number, last: number, leastTime: number): boolean {
  const { history, first, end } = look;
  if (seen < thresholds.leastBuckets || seen * history.width < leastTime || seen * 2 < end - first)
    return false;
  if (history.ended) return true;
  const lastSeen = history.from + (last + 1) * history.width;
  return look.to - lastSeen <= Math.max(thresholds.stale, 2 * history.width);
}

/** The column's values in the look, without those that are missing. */
export function values(look: Look, column: Column | undefined): number[] {
  const found: number[] = [];
  if (!column) return found;
  for (let i = look.first; i < Math.min(look.end, column.length); i++) {
    const value = column[i] ?? NaN;
    if (!Number.isNaN(value)) found.push(value);
  }
  return found;
}

/** NaN where nothing was measured. */
export function mean(look: Look, column: Column | undefined): number {
  const found = values(look, column);
  return found.reduce((sum, value) => sum + value, 0) / found.length;
}

/** By nearest rank; NaN where nothing was measured. */
export function percentile(look: Look, column: Column | undefined, share: number): number {
  const sorted = Float64Array.from(values(look, column)).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? NaN;
}

/** The GPUs of a node that were used at all in this time. */
export function usedGpus(look: Look, node: NodeHistory): NodeHistory['gpus'] {
  return node.gpus.filter(({ util }) => values(look, util).some((value) => value >= thresholds.gpuUsed));
}

/** By bucket, the mean of some columns over those that have a value there. */
export function meanOf(count: number, columns: readonly Column[]): Column {
  return new Float64Array(count).map((_, i) => {
    let [sum, seen] = [0, 0];
    for (const column of columns) {
      const value = column[i] ?? NaN;
      if (Number.isNaN(value)) continue;
      sum += value;
      seen++;
    }
    return sum / seen;
  });
}

/** The upper one of an even number; NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
