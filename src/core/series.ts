/** Exact-size copies, ready to be posted: `t` in unix milliseconds, never decreasing; `step` is NaN where there is none. */
export interface SeriesPoints {
  readonly t: Float64Array;
  readonly step: Float64Array;
  readonly value: Float64Array;
}

/** One growing curve in columns, so that a million points are three blocks of memory and no objects. */
export class Series {
  count = 0;
  min = Infinity;
  max = -Infinity;
  last = NaN;
  private t = new Float64Array(16);
  private step = new Float64Array(16);
  private value = new Float64Array(16);

  /** A time before the last point's is taken as that one's: clocks step back, charts don't. */
  add(t: number, step: number | undefined, value: number): void {
    const at = this.count;
    if (at === this.t.length) {
      this.t = grown(this.t);
      this.step = grown(this.step);
      this.value = grown(this.value);
    }
    this.t[at] = at > 0 ? Math.max(t, this.t[at - 1] ?? t) : t;
    this.step[at] = step ?? NaN;
    this.value[at] = value;
    this.count = at + 1;
    this.last = value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  /** Points `from` (counted from 0) and on. */
  points(from = 0): SeriesPoints {
    return {
      t: this.t.slice(from, this.count),
      step: this.step.slice(from, this.count),
      value: this.value.slice(from, this.count),
    };
  }
}

function grown(column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2);
  larger.set(column);
  return larger;
}
