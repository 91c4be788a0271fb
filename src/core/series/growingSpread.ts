import type { PointColumns, SeriesAxis, SeriesPoints } from './pointColumns';

/** The lowest, mean and highest at the same places. */
export interface Spread {
  readonly low: SeriesPoints;
  readonly mean: SeriesPoints;
  readonly high: SeriesPoints;
}

interface Column {
  low: number;
  high: number;
  sum: number;
  count: number;
}

/**
 * The spread of many series that grow, in at most `columns` columns: each point is looked at once. The columns stand on a
 * fixed grid; when they become too many, two and two become one.
 */
export class GrowingSpread {
  private readonly next: number[] = [];
  private readonly revisions: number[] = [];
  /** By place divided by `width`. */
  private grid = new Map<number, Column>();
  private width = 1;
  private first = Infinity;
  private last = -Infinity;

  constructor(
    private readonly axis: SeriesAxis,
    private readonly columns: number,
  ) {}

  /** `revisions` say of which series points were replaced. */
  update(all: readonly PointColumns[], revisions: readonly number[]): void {
    if (revisions.some((revision, i) => revision !== (this.revisions[i] ?? revision))) {
      this.grid.clear();
      this.next.length = 0;
      this.width = 1;
      this.first = Infinity;
      this.last = -Infinity;
    }
    this.revisions.splice(0, Infinity, ...revisions);
    all.forEach((points, series) => {
      for (let i = this.next[series] ?? 0; i < points.count; i++) {
        this.add(points.at(this.axis, i), points.valueAt(i));
      }
      this.next[series] = points.count;
    });
    // With fewer samples than columns, each column would show another few of the series, and the lines would jump.
    const samples = Math.max(0, ...this.next);
    while (this.last - this.first >= Math.max(1, Math.min(this.columns, Math.ceil(samples / 2))))
      this.widen();
  }

  lines(): Spread {
    const found = [...this.grid].sort(([a], [b]) => a - b);
    const places = Float64Array.from(found, ([column]) => (column + 0.5) * this.width);
    const unknown = new Float64Array(found.length).fill(NaN);
    const line = (value: (column: Column) => number): SeriesPoints => ({
      t: this.axis === 'time' ? places : unknown,
      step: this.axis === 'step' ? places : unknown,
      value: Float64Array.from(found, ([, column]) => value(column)),
    });
    return {
      low: line(({ low }) => low),
      mean: line(({ sum, count }) => sum / count),
      high: line(({ high }) => high),
    };
  }

  private add(place: number, value: number): void {
    if (Number.isNaN(value)) return;
    let at = Math.floor(place / this.width);
    while (Math.max(this.last, at) - Math.min(this.first, at) >= this.columns) {
      this.widen();
      at = Math.floor(place / this.width);
    }
    this.first = Math.min(this.first, at);
    this.last = Math.max(this.last, at);
    const column = this.grid.get(at);
    if (!column) this.grid.set(at, { low: value, high: value, sum: value, count: 1 });
    else merge(column, { low: value, high: value, sum: value, count: 1 });
  }

  private widen(): void {
    const before = this.grid;
    this.grid = new Map();
    this.width *= 2;
    this.first = Math.floor(this.first / 2);
    this.last = Math.floor(this.last / 2);
    for (const [at, column] of before) {
      const half = Math.floor(at / 2);
      const there = this.grid.get(half);
      if (there) merge(there, column);
      else this.grid.set(half, column);
    }
  }
}

function merge(into: Column, more: Column): void {
  into.low = Math.min(into.low, more.low);
  into.high = Math.max(into.high, more.high);
  into.sum += more.sum;
  into.count += more.count;
}
