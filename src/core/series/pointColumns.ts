import { NumberColumn } from './numberColumn';
import { ValueBuckets, type Extent } from './valueBuckets';

/** Exact-size copies, ready to be posted: `t` in unix milliseconds, never decreasing; `step` is NaN where there is none. */
export interface SeriesPoints {
  readonly t: Float64Array;
  readonly step: Float64Array;
  readonly value: Float64Array;
}

/** What points stand side by side on. */
export type SeriesAxis = 'time' | 'step';

/** Growing points in columns, so that a million of them are a few blocks of memory and no objects. */
export class PointColumns {
  private t = new NumberColumn();
  private step = new NumberColumn();
  private value = new NumberColumn();
  private buckets = new ValueBuckets();

  get count(): number {
    return this.value.length;
  }

  push(t: number, step: number, value: number): void {
    this.t.push(t);
    this.step.push(step);
    this.value.push(value);
    this.buckets.grow(this.value);
  }

  truncate(count: number): void {
    for (const column of [this.t, this.step, this.value]) column.truncate(count);
    this.buckets.truncate(count);
  }

  /** The first `count` points; neither sees what the other is given from now on. */
  copy(count: number): PointColumns {
    const copy = new PointColumns();
    copy.t = this.t.copy(count);
    copy.step = this.step.copy(count);
    copy.value = this.value.copy(count);
    copy.buckets = this.buckets.copy();
    copy.buckets.truncate(count);
    return copy;
  }

  /** Where a point stands on an axis. */
  at(axis: SeriesAxis, index: number): number {
    return this.column(axis).at(index);
  }

  valueAt(index: number): number {
    return this.value.at(index);
  }

  /** The first index from `from` on whose place on the axis is at least `place`, looking near `from` first. */
  lowerBound(axis: SeriesAxis, place: number, from = 0): number {
    const column = this.column(axis);
    let low = from;
    let high = from;
    for (let stride = 1; high < this.count && column.at(high) < place; stride *= 2) {
      low = high + 1;
      high += stride;
    }
    high = Math.min(high, this.count);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (column.at(middle) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first index whose place on the axis is beyond `place`. */
  upperBound(axis: SeriesAxis, place: number): number {
    const column = this.column(axis);
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (column.at(middle) <= place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  extent(from: number, to: number, into: Extent): Extent {
    return this.buckets.extent(this.value, from, to, into);
  }

  slice(from: number, to: number): SeriesPoints {
    const end = Math.min(to, this.count);
    const begin = Math.min(from, end);
    return {
      t: this.t.slice(begin, end),
      step: this.step.slice(begin, end),
      value: this.value.slice(begin, end),
    };
  }

  pick(indexes: Uint32Array): SeriesPoints {
    const chosen = (column: NumberColumn) => Float64Array.from(indexes, (index) => column.at(index));
    return { t: chosen(this.t), step: chosen(this.step), value: chosen(this.value) };
  }

  private column(axis: SeriesAxis): NumberColumn {
    return axis === 'time' ? this.t : this.step;
  }
}
