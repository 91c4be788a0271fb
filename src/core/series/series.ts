import { PointColumns, type SeriesAxis, type SeriesPoints } from './pointColumns';
import { windowOf, type SeriesWindow, type WindowOptions } from './seriesWindow';

export type { SeriesAxis, SeriesPoints } from './pointColumns';
export type { SeriesWindow, WindowOptions } from './seriesWindow';

/** A step that is lower than the one before it: the script began again from a checkpoint, or from the start. */
export interface StepBack {
  /** Unix milliseconds of the last point before it and of the first one after it. */
  readonly before: number;
  readonly t: number;
  readonly step: number;
}

/** What may be asked of a series that somebody else adds to. */
export type SeriesView = Readonly<
  Pick<
    Series,
    'count' | 'min' | 'max' | 'last' | 'points' | 'window' | 'on' | 'hasSteps' | 'revision' | 'stepBacks'
  >
>;

/** A counter that goes back more often counts within epochs, and nothing began again. */
const mostRestarts = 20;

/**
 * One growing curve. By time it is every point. By step it is what the newest attempt measured: where steps go back, as
 * after a restart from a checkpoint, the new points stand in for those of the same and later steps (as TensorBoard has
 * it), and a point without a step is not there. So both ways neither times nor steps ever decrease.
 */
export class Series {
  min = Infinity;
  max = -Infinity;
  last = NaN;
  /** How often points by step were replaced: what was read before such a change is no beginning of what is read after it. */
  revision = 0;
  private readonly all = new PointColumns();
  private lastTime = NaN;
  /** Of the points that count by step. */
  private lastStep = NaN;
  /** `all` itself for as long as every point has a step and none went back. */
  private byStep: PointColumns | undefined;
  private readonly backs: StepBack[] = [];

  get count(): number {
    return this.all.count;
  }

  get hasSteps(): boolean {
    return this.byStep !== undefined;
  }

  /** Where steps went back; none for a counter that does so all the time. */
  get stepBacks(): readonly StepBack[] {
    return this.backs.length > mostRestarts ? [] : this.backs;
  }

  /** A time before the last point's is taken as that one's: clocks step back, charts don't. */
  add(t: number, step: number | undefined, value: number): void {
    const before = this.lastTime;
    const time = before > t ? before : t;
    this.all.push(time, step ?? NaN, value);
    this.addByStep(time, step ?? NaN, value, before);
    this.last = value;
    this.lastTime = time;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  /** Points `from` (counted from 0) and on. */
  points(from = 0, axis: SeriesAxis = 'time'): SeriesPoints {
    return this.on(axis).slice(from, Infinity);
  }

  /**
   * What is seen of the series on `columns` pixels of `range` (in the axis' own measure; `null` for all there is): see
   * `windowOf`. Costs about a look at a few dozen buckets a column, however long the series is.
   */
  window(
    range: readonly [number, number] | null,
    columns: number,
    axis: SeriesAxis = 'time',
    options: WindowOptions = {},
  ): SeriesWindow {
    return windowOf(this.on(axis), range, columns, axis, options);
  }

  /** The points as they count on an axis. They go on growing. */
  on(axis: SeriesAxis): PointColumns {
    return axis === 'time' ? this.all : (this.byStep ?? nothing);
  }

  private addByStep(t: number, step: number, value: number, before: number): void {
    const { all } = this;
    if (Number.isNaN(step)) {
      if (this.byStep === all) this.byStep = all.copy(all.count - 1);
      return;
    }
    if (!this.byStep) {
      this.byStep = all.count === 1 ? all : new PointColumns();
    } else if (step < this.lastStep) {
      if (this.byStep === all) this.byStep = all.copy(all.count - 1);
      this.byStep.truncate(this.byStep.lowerBound('step', step));
      this.revision++;
      if (this.backs.length <= mostRestarts) this.backs.push({ before, t, step });
    }
    this.lastStep = step;
    if (this.byStep !== all) this.byStep.push(t, step, value);
  }
}

const nothing = new PointColumns();
