import type { PointColumns, SeriesAxis, SeriesPoints } from './pointColumns';
import { averagesAt } from './seriesWindow';
import { emptyExtent } from './valueBuckets';

/** How much of what was given before stays as it was. */
export interface Held {
  /** So many of the points that were given stay. */
  readonly settled: number;
  /** Of another generation nothing stays. */
  readonly generation: number;
}

/**
 * What is seen of a whole series on about `columns` pixels, while the series grows: the first point, and the lowest and
 * highest of each column in order, the last one's newest point too. Columns stand on a fixed grid that becomes twice as wide
 * when the series has outgrown it, so only the last column changes and a new point costs a new point.
 */
export class GrowingWindow {
  private readonly kept: number[] = [];
  private settled = 0;
  private generation = 0;
  /** Points that are in settled columns. */
  private taken = 0;
  private width = 0;
  private revision = -1;
  private readonly extent = emptyExtent();

  constructor(
    private readonly axis: SeriesAxis,
    private readonly columns: number,
  ) {}

  /** Takes in what is new of `points`; `revision` says that points were replaced. */
  update(points: PointColumns, revision: number): void {
    if (points.count === 0) return;
    const { axis } = this;
    const start = points.at(axis, 0);
    const end = points.at(axis, points.count - 1);
    let width = this.revision === revision ? this.width : 0;
    if (width === 0 || Math.floor(end / width) - Math.floor(start / width) >= this.columns)
      width = 2 ** Math.ceil(Math.log2((end - start || 1) / Math.max(1, this.columns - 1)));
    if (width !== this.width || revision !== this.revision) {
      this.width = width;
      this.revision = revision;
      this.generation++;
      this.taken = 0;
      this.settled = 0;
      this.kept[this.settled++] = 0;
    }
    this.kept.length = this.settled;
    while (this.taken < points.count) {
      const column = Math.floor(points.at(axis, this.taken) / width);
      const until = points.lowerBound(axis, (column + 1) * width, this.taken);
      const { low, high } = points.extent(this.taken, until, this.extent);
      this.keep(low < 0 ? this.taken : Math.min(low, high));
      if (low >= 0) this.keep(Math.max(low, high));
      if (until === points.count) break;
      this.taken = until;
      this.settled = this.kept.length;
    }
    // The newest value is the one that the legend names.
    this.keep(points.count - 1);
  }

  /** Of a column, in the axis' own measure. */
  get columnWidth(): number {
    return this.width;
  }

  get held(): Held {
    return { settled: this.settled, generation: this.generation };
  }

  /** The points from the `from`th on that is shown, with averages where `smoothing` is above 0. */
  since(points: PointColumns, from: number, smoothing: number): SeriesPoints & { smooth?: Float64Array } {
    const indexes = Uint32Array.from(this.kept.slice(from));
    const smooth = smoothing > 0 && averagesAt(points, (i) => indexes[i] ?? 0, indexes.length, smoothing);
    return { ...points.pick(indexes), ...(smooth && { smooth }) };
  }

  private keep(index: number): void {
    if (this.kept.at(-1) !== index) this.kept.push(index);
  }
}
