import type { PointColumns, SeriesAxis, SeriesPoints } from './pointColumns';
import { emptyExtent } from './valueBuckets';

export interface WindowOptions {
  /** What the range is in; by default in what the points stand side by side on. */
  readonly by?: SeriesAxis;
  /** From 0 (none) to below 1: the weight of the past in the moving average. */
  readonly smoothing?: number;
}

export interface SeriesWindow extends SeriesPoints {
  /** The moving average of all points up to each of these, where it was asked for. */
  readonly smooth?: Float64Array;
}

/**
 * What of `points` is seen in `range` (`null` for all) on `columns` pixels: all of them where they are few, else the first
 * and last, and in order the lowest and the highest of each column, so that no spike is lost; and one point beyond each
 * edge, so that lines reach it. A column without a number keeps its first point. Arrays are exact copies: a view would
 * send its whole buffer with it.
 */
export function windowOf(
  points: PointColumns,
  range: readonly [number, number] | null,
  columns: number,
  axis: SeriesAxis,
  { by = axis, smoothing = 0 }: WindowOptions = {},
): SeriesWindow {
  const first = range ? points.lowerBound(by, range[0]) : 0;
  const end = range ? Math.max(first, points.upperBound(by, range[1])) : points.count;
  const from = Math.max(0, first - 1);
  const to = Math.min(points.count, range ? end + 1 : end);
  if (to - from <= columns * 2) {
    const smooth = smoothing > 0 && averagesAt(points, (i) => from + i, to - from, smoothing);
    return { ...points.slice(from, to), ...(smooth && { smooth }) };
  }
  const kept = new Uint32Array(columns * 2 + 4);
  let count = 0;
  const keep = (index: number) => {
    if (count === 0 || kept[count - 1] !== index) kept[count++] = index;
  };
  keep(from);
  if (first < end) {
    keep(first);
    const extent = emptyExtent();
    eachColumn(points, first, end, columns, axis, (begin, until) => {
      const { low, high } = points.extent(begin, until, extent);
      keep(low < 0 ? begin : Math.min(low, high));
      if (low >= 0) keep(Math.max(low, high));
    });
    keep(end - 1);
  }
  keep(to - 1);
  const picked = kept.subarray(0, count);
  const smooth = smoothing > 0 && averagesAt(points, (i) => picked[i] ?? 0, count, smoothing);
  return { ...points.pick(picked), ...(smooth && { smooth }) };
}

/** Calls `each` with the first index and the end of every column that has points, in order. */
function eachColumn(
  points: PointColumns,
  first: number,
  end: number,
  columns: number,
  axis: SeriesAxis,
  each: (begin: number, until: number) => void,
): void {
  const start = points.at(axis, first);
  const width = (points.at(axis, end - 1) - start) / columns || 1;
  for (let column = 0, begin = first; column < columns && begin < end; column++) {
    const until =
      column === columns - 1
        ? end
        : Math.min(end, points.lowerBound(axis, start + (column + 1) * width, begin));
    if (until > begin) each(begin, until);
    begin = until;
  }
}

/**
 * The exponential moving average without the pull towards zero at its start (as TensorBoard has it), at chosen points in
 * rising order. A point counts until its weight has fallen below a ten-thousandth. NaN stays NaN and is passed over.
 */
export function averagesAt(
  points: PointColumns,
  index: (at: number) => number,
  count: number,
  weight: number,
): Float64Array {
  const reach = Math.ceil(Math.log(1e-4) / Math.log(weight));
  const averages = new Float64Array(count);
  let next = 0;
  let sum = 0;
  let weights = 0;
  for (let at = 0; at < count; at++) {
    const target = index(at);
    if (target - next > reach) {
      next = target - reach;
      sum = 0;
      weights = 0;
    }
    for (; next <= target; next++) {
      const value = points.valueAt(next);
      if (!Number.isFinite(value)) continue;
      sum = sum * weight + value;
      weights = weights * weight + 1;
    }
    averages[at] = Number.isFinite(points.valueAt(target)) ? sum / weights : NaN;
  }
  return averages;
}

/** Lowest, mean and highest of many series, for charts with more lines than eyes can follow; all on the same places. */
export function spreadOf(
  all: readonly PointColumns[],
  range: readonly [number, number] | null,
  columns: number,
  axis: SeriesAxis,
): { readonly low: SeriesPoints; readonly mean: SeriesPoints; readonly high: SeriesPoints } {
  const there = all.filter(({ count }) => count > 0);
  const from = range?.[0] ?? Math.min(...there.map((points) => points.at(axis, 0)));
  const to = range?.[1] ?? Math.max(...there.map((points) => points.at(axis, points.count - 1)));
  const parts = there.map((points) => ({
    points,
    begin: points.lowerBound(axis, from),
    end: points.upperBound(axis, to),
  }));
  // With fewer samples than columns, each column would show another few of the series, and the lines would jump.
  const samples = Math.max(0, ...parts.map(({ begin, end }) => end - begin));
  const used = Math.max(1, Math.min(columns, Math.ceil(samples / 2)));
  const width = (to - from) / used || 1;
  const found: { at: number; low: number; mean: number; high: number }[] = [];
  const extent = emptyExtent();
  for (let column = 0; column < used; column++) {
    let low = Infinity;
    let high = -Infinity;
    let sum = 0;
    let count = 0;
    for (const part of parts) {
      const { points, begin } = part;
      const until =
        column === used - 1
          ? part.end
          : Math.min(part.end, points.lowerBound(axis, from + (column + 1) * width, begin));
      if (until > begin) points.extent(begin, until, extent);
      if (until > begin && extent.count > 0) {
        low = Math.min(low, extent.lowest);
        high = Math.max(high, extent.highest);
        sum += extent.sum;
        count += extent.count;
      }
      part.begin = Math.max(begin, until);
    }
    if (count > 0) found.push({ at: from + (column + 0.5) * width, low, mean: sum / count, high });
  }
  const line = (value: (one: (typeof found)[number]) => number): SeriesPoints => {
    const places = Float64Array.from(found, ({ at }) => at);
    const unknown = new Float64Array(found.length).fill(NaN);
    return {
      t: axis === 'time' ? places : unknown,
      step: axis === 'step' ? places : unknown,
      value: Float64Array.from(found, value),
    };
  };
  return { low: line((one) => one.low), mean: line((one) => one.mean), high: line((one) => one.high) };
}
