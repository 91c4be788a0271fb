/** Points of one line: unix milliseconds and values. */
export interface Curve {
  readonly t: Float64Array;
  readonly value: Float64Array;
}

/**
 * Lines over one common x axis, as uPlot wants them: every time that any of them has, and a gap where a line has no value
 * there. Points of one line at the same time share a place, the last one wins.
 */
export function aligned(curves: readonly Curve[]): [Float64Array, ...(number | null)[][]] {
  const first = curves[0];
  if (!first) return [new Float64Array(0)];
  if (curves.every(({ t }) => sameTimes(t, first.t))) {
    return [first.t, ...curves.map(({ value }) => Array.from(value, drawn))];
  }
  const times = distinct(curves);
  const columns = curves.map(({ t, value }) => {
    const column = new Array<number | null>(times.length).fill(null);
    for (let at = 0, i = 0; i < t.length; i++) {
      while ((times[at] ?? Infinity) < (t[i] ?? 0)) at++;
      column[at] = drawn(value[i] ?? NaN);
    }
    return column;
  });
  return [times, ...columns];
}

/** Every time that any curve has, once, in order. */
function distinct(curves: readonly Curve[]): Float64Array {
  const all = new Float64Array(curves.reduce((sum, { t }) => sum + t.length, 0));
  let end = 0;
  for (const { t } of curves) {
    all.set(t, end);
    end += t.length;
  }
  all.sort();
  let count = 0;
  for (const t of all) if (count === 0 || t !== all[count - 1]) all[count++] = t;
  return all.subarray(0, count);
}

/**
 * Times at which lines can be drawn. A value that was read from a log line is known to have come by some time, which many
 * share: those are spread evenly over the time since the one before, or since `start`.
 */
export function untied(t: Float64Array, start: number): Float64Array {
  let result = t;
  for (let from = 0; from < t.length;) {
    const time = t[from] ?? 0;
    let end = from + 1;
    while (t[end] === time) end++;
    const before = from > 0 ? (t[from - 1] ?? time) : Math.min(start, time);
    if (end - from > 1) {
      if (result === t) result = t.slice();
      for (let i = from; i < end; i++) result[i] = before + ((time - before) * (i - from + 1)) / (end - from);
    }
    from = end;
  }
  return result;
}

/** A value that is no number is a gap: one NaN would take the whole scale with it. */
function drawn(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function sameTimes(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * An exponential moving average without the pull towards zero at its start (as TensorBoard has it). `weight` 0 changes
 * nothing, 0.99 follows slowly. A gap or NaN stays what it is.
 */
export function smoothed(values: Float64Array, weight: number): Float64Array {
  if (weight <= 0) return values;
  let average = 0;
  let count = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    average = average * weight + (1 - weight) * value;
    count++;
    return average / (1 - weight ** count);
  });
}

/**
 * Where `place` on one column stands on another, both never decreasing: between two points on the way from one to the other,
 * and outside of them at the nearest. `undefined` where there are no points.
 */
export function placeOn(from: Float64Array, to: Float64Array, place: number): number | undefined {
  let low = 0;
  let high = from.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((from[middle] ?? Infinity) < place) low = middle + 1;
    else high = middle;
  }
  const after = to[low];
  if (after === undefined) return to[to.length - 1];
  const before = to[low - 1];
  const begin = from[low - 1];
  const end = from[low] ?? place;
  if (before === undefined || begin === undefined || end === begin) return after;
  return before + ((after - before) * (place - begin)) / (end - begin);
}

export function joined(before: Float64Array, more: Float64Array): Float64Array {
  const all = new Float64Array(before.length + more.length);
  all.set(before);
  all.set(more, before.length);
  return all;
}
