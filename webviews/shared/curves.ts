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
  const times = Float64Array.from(new Set(curves.flatMap(({ t }) => [...t]))).sort();
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

export function joined(before: Float64Array, more: Float64Array): Float64Array {
  const all = new Float64Array(before.length + more.length);
  all.set(before);
  all.set(more, before.length);
  return all;
}
