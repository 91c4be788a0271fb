/** Points of one line: unix milliseconds and values. */
export interface Curve {
  readonly t: Float64Array;
  readonly value: Float64Array;
}

/** Values of a line at the places of a chart: `null` breaks the line where it may break, `undefined` is a place of other lines. */
export type Column = (number | null | undefined)[];

/**
 * Lines over one common x axis, as uPlot wants them: every time that any of them has. Points of one line at the same time share a
 * place, the last one wins.
 */
export function aligned(curves: readonly Curve[]): [Float64Array, ...Column[]] {
  const first = curves[0];
  if (!first) return [new Float64Array(0)];
  if (curves.every(({ t }) => sameTimes(t, first.t))) {
    return [first.t, ...curves.map(({ value }) => Array.from(value, drawn))];
  }
  const times = distinct(curves);
  const columns = curves.map(({ t, value }) => {
    const column: Column = new Array<undefined>(times.length).fill(undefined);
    let before: number | null | undefined;
    for (let at = 0, i = 0; i < t.length; i++) {
      const now = drawn(value[i] ?? NaN);
      // From one point without a value to the next the line is broken also at the places of others.
      const away = before === null && now === null;
      for (; (times[at] ?? Infinity) < (t[i] ?? 0); at++) if (away) column[at] = null;
      column[at] = before = now;
    }
    return column;
  });
  return [times, ...columns];
}

/**
 * The same line with points without a value between neighbours that are more than `gap` apart, a little behind the one and before
 * the other, so that a cursor between them finds nothing.
 */
export function broken(curve: Curve, gap: number | undefined): Curve {
  if (gap === undefined) return curve;
  const t: number[] = [];
  const value: number[] = [];
  curve.t.forEach((time, i) => {
    const before = curve.t[i - 1] ?? time;
    if (time - before > gap) {
      t.push(before + gap / 3, time - gap / 3);
      value.push(NaN, NaN);
    }
    t.push(time);
    value.push(curve.value[i] ?? NaN);
  });
  return t.length === curve.t.length ? curve : { t: Float64Array.from(t), value: Float64Array.from(value) };
}

/** Indexes of values that stand alone between breaks: no line is drawn to them. */
export function lone(column: ArrayLike<number | null | undefined>): number[] {
  const found: number[] = [];
  let begun = -1;
  let length = 0;
  for (let i = 0; i <= column.length; i++) {
    const value = i < column.length ? column[i] : null;
    if (value === undefined) continue;
    if (value !== null) {
      if (length++ === 0) begun = i;
    } else {
      if (length === 1) found.push(begun);
      length = 0;
    }
  }
  return found;
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
