/** Points of one series, oldest first. `step` is NaN where a point has none. */
export interface Points {
  readonly t: Float64Array;
  readonly step: Float64Array;
  readonly value: Float64Array;
}

/** The first index whose `t` is at least `time`. */
export function lowerBound(t: Float64Array, time: number): number {
  let low = 0;
  let high = t.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((t[middle] ?? Infinity) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * What of `points` is seen in `range` (unix milliseconds, `null` for all) on `columns` pixels: the lowest and the highest
 * value of each column in order of time, so that no spike is lost, and one point beyond each edge, so that lines reach
 * it. Arrays are exact copies: a view would send its whole buffer with it.
 */
export function decimated(points: Points, range: readonly [number, number] | null, columns: number): Points {
  const { t, value } = points;
  const first = range ? Math.max(0, lowerBound(t, range[0]) - 1) : 0;
  const end = range ? Math.min(t.length, lowerBound(t, range[1]) + 1) : t.length;
  if (end - first <= columns * 2)
    return picked(
      points,
      Uint32Array.from({ length: end - first }, (_, i) => first + i),
    );

  const start = t[first] ?? 0;
  const width = ((t[end - 1] ?? start) - start) / columns || 1;
  const kept = new Uint32Array(columns * 2 + 4);
  let count = 0;
  const keep = (index: number) => {
    if (count === 0 || kept[count - 1] !== index) kept[count++] = index;
  };
  for (let column = 0, i = first; column < columns && i < end; column++) {
    const until = column === columns - 1 ? Infinity : start + (column + 1) * width;
    let low = i;
    let high = i;
    const opening = i;
    for (; i < end && (t[i] ?? Infinity) < until; i++) {
      const now = value[i] ?? NaN;
      // Also takes the first number after NaNs.
      if (!(now >= (value[low] ?? NaN))) low = Number.isNaN(now) ? low : i;
      if (!(now <= (value[high] ?? NaN))) high = Number.isNaN(now) ? high : i;
    }
    if (i === opening) continue;
    keep(Math.min(low, high));
    keep(Math.max(low, high));
  }
  // The newest value is the one that the legend names.
  keep(end - 1);
  return picked(points, kept.subarray(0, count));
}

function picked(points: Points, indexes: Uint32Array): Points {
  const t = new Float64Array(indexes.length);
  const step = new Float64Array(indexes.length);
  const value = new Float64Array(indexes.length);
  for (const [at, index] of indexes.entries()) {
    t[at] = points.t[index] ?? NaN;
    value[at] = points.value[index] ?? NaN;
    step[at] = points.step[index] ?? NaN;
  }
  return { t, value, step };
}

/** Lowest, mean and highest of many series over time, for charts with more lines than eyes can follow. */
export function spread(
  all: readonly Points[],
  range: readonly [number, number] | null,
  columns: number,
): { low: Points; mean: Points; high: Points } {
  let from = range?.[0] ?? Infinity;
  let to = range?.[1] ?? -Infinity;
  if (!range) {
    for (const { t } of all) {
      from = Math.min(from, t[0] ?? Infinity);
      to = Math.max(to, t[t.length - 1] ?? -Infinity);
    }
  }
  // With fewer samples than columns, each column would show another few of the series, and the lines would jump.
  const samples = Math.max(...all.map(({ t }) => lowerBound(t, to) - lowerBound(t, from)));
  columns = Math.max(1, Math.min(columns, Math.ceil(samples / 2)));
  const low = new Float64Array(columns).fill(Infinity);
  const high = new Float64Array(columns).fill(-Infinity);
  const sum = new Float64Array(columns);
  const counts = new Uint32Array(columns);
  const width = (to - from) / columns || 1;
  for (const { t, value } of all) {
    for (let i = lowerBound(t, from); i < t.length && (t[i] ?? Infinity) <= to; i++) {
      const now = value[i] ?? NaN;
      if (Number.isNaN(now)) continue;
      const column = Math.min(columns - 1, Math.floor(((t[i] ?? from) - from) / width));
      low[column] = Math.min(low[column] ?? now, now);
      high[column] = Math.max(high[column] ?? now, now);
      sum[column] = (sum[column] ?? 0) + now;
      counts[column] = (counts[column] ?? 0) + 1;
    }
  }
  const used = [...counts.keys()].filter((column) => (counts[column] ?? 0) > 0);
  const t = Float64Array.from(used, (column) => from + (column + 0.5) * width);
  const pick = (value: (column: number) => number): Points => ({
    t: t.slice(),
    step: new Float64Array(used.length).fill(NaN),
    value: Float64Array.from(used, value),
  });
  return {
    low: pick((column) => low[column] ?? NaN),
    mean: pick((column) => (sum[column] ?? NaN) / (counts[column] ?? 1)),
    high: pick((column) => high[column] ?? NaN),
  };
}
