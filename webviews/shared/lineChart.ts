import uPlot from 'uplot';
import type { SeriesData } from '../../src/protocol/runPanel';
import { chartAxes, type AxesOptions } from './chartAxes';
import { grouped, type ChartMark } from './chartMarks';
import { aligned, broken, lone, placeOn, smoothed, untied } from './curves';
import { nextFrame, notNextFrame } from './frames';
import { MarkLayer } from './markLayer';
import { sharedCursor, type Moment } from './sharedCursor';
import { cssValue, seriesLook } from './theme';

export interface LineChartOptions extends AxesOptions {
  readonly smoothing: number;
  /** When the job started, in unix milliseconds. */
  readonly start: number;
  /** Places on the axis (unix milliseconds where it is time), or `null` for all. */
  readonly range: readonly [number, number] | null;
  readonly height: number;
  /** Whether the series are the highest, mean and lowest of many. */
  readonly spread?: boolean;
  readonly marks?: readonly ChartMark[];
  /** The first and last place of all there is; by default of what is drawn. */
  readonly extent?: readonly [number, number];
  /** A stretch of the axis was chosen, or everything again (`null`). */
  readonly onRange: (range: readonly [number, number] | null) => void;
  /** The values under the cursor, by series, and its place on the axis; `null` when there is none. */
  readonly onCursor: (values: readonly (number | null)[] | null, place: number | null) => void;
}

/** Points for each pixel of a chart's width from which on its lines are drawn as thin as can be. */
const densePoints = 4;

/** Room above the plot for the signs of its marks. */
const signHeight = 16;

/** One chart on a canvas, drawn at most once a frame. It is made anew when its look changes; new data only draw. */
export class LineChart {
  private plot: uPlot | undefined;
  private marks: MarkLayer | undefined;
  private look = '';
  private wanted: { series: readonly SeriesData[]; options: LineChartOptions } | undefined;
  private stopListening: (() => void) | undefined;

  constructor(private readonly host: HTMLElement) {}

  draw(series: readonly SeriesData[], options: LineChartOptions): void {
    this.wanted = { series, options };
    nextFrame(this.drawNow);
  }

  resize(): void {
    const width = this.host.clientWidth;
    if (this.plot && width > 0 && width !== this.plot.width)
      this.plot.setSize({ width, height: this.plot.height });
  }

  destroy(): void {
    notNextFrame(this.drawNow);
    sharedCursor.leave(this);
    this.clear();
  }

  /** Moves the cursor by `hundredths` of the width, at least by one point. */
  moveCursor(hundredths: number): void {
    const { plot } = this;
    const places = plot?.data[0];
    const [from, to] = this.shown() ?? [];
    if (!plot || !places || from === undefined || to === undefined) return;
    const at = plot.cursor.idx ?? (hundredths > 0 ? -1 : places.length);
    const goal = (places[at] ?? (hundredths > 0 ? from : to)) + ((to - from) * hundredths) / 100;
    const way = Math.sign(hundredths);
    let next = at + way;
    const last = hundredths > 0 ? places.length - 1 : 0;
    while (next * way < last * way && (places[next] ?? 0) * way < goal * way) next += way;
    this.putCursor(Math.min(Math.max(places[next] ?? goal, from), to));
  }

  /** Shows `factor` times as much as now, about the cursor; everything where that is all. */
  zoomBy(factor: number): void {
    const [from, to] = this.shown() ?? [];
    const [first, last] = this.whole() ?? [];
    if (from === undefined || to === undefined || first === undefined || last === undefined) return;
    const { left = -1 } = this.plot?.cursor ?? {};
    const centre = left >= 0 ? (this.plot?.posToVal(left, 'x') ?? from) : (from + to) / 2;
    const range: [number, number] = [
      Math.max(first, centre - (centre - from) * factor),
      Math.min(last, centre + (to - centre) * factor),
    ];
    this.wanted?.options.onRange(range[0] <= first && range[1] >= last ? null : range);
  }

  leaveCursor(): void {
    sharedCursor.leave(this);
    this.plot?.setCursor({ left: -10, top: -10 });
  }

  private readonly drawNow = (): void => {
    if (!this.wanted) return;
    const { series, options } = this.wanted;
    const points = series.reduce((sum, { t }) => sum + t.length, 0);
    const dense = points > this.host.clientWidth * densePoints;
    const look = JSON.stringify([
      dense,
      series.map(({ label, colour, gap }) => [label, colour, gap !== undefined]),
      { ...options, range: null, marks: null, extent: null, smoothing: options.smoothing > 0 },
    ]);
    const data = chartColumns(series, options);
    if (!this.plot || look !== this.look) {
      this.clear();
      this.look = look;
      this.plot = new uPlot(this.options(series, options, dense), data, this.host);
      this.marks = new MarkLayer(this.plot.over);
      this.stopListening = sharedCursor.moved.on((leader) => {
        if (leader !== this) this.followCursor();
      });
    }
    const { plot } = this;
    const [min, max] = options.range ?? options.extent ?? extentOf(data[0]);
    plot.batch(() => {
      plot.setData(data, false);
      plot.setScale('x', min === max ? { min: min - 500, max: max + 500 } : { min, max });
    });
    this.showMarks();
    this.followCursor();
  };

  private clear(): void {
    this.stopListening?.();
    this.plot?.destroy();
    this.plot = undefined;
    this.marks = undefined;
    this.look = '';
  }

  private showMarks(): void {
    const { plot } = this;
    const { marks = [] } = this.wanted?.options ?? {};
    if (!plot) return;
    const width = plot.bbox.width / devicePixelRatio;
    this.marks?.show(
      grouped(marks, (t) => {
        const place = this.measuredAt(t) ? this.placeOf({ t, step: null }) : null;
        const left = place === null ? -1 : plot.valToPos(place, 'x');
        return left >= 0 && left <= width ? left : undefined;
      }),
    );
  }

  /** The place on this chart's axis; by step it is found between the points of the first line that has any. */
  private placeOf({ t, step }: Moment): number | null {
    const { series = [], options } = this.wanted ?? {};
    if (options?.axis !== 'step') return t;
    if (step !== null || t === null) return step;
    const line = series.find((one) => one.t.length > 0);
    return (line && placeOn(line.t, line.step, t)) ?? null;
  }

  /** By step, only what lies among the points has a place. */
  private measuredAt(t: number): boolean {
    const { series = [], options } = this.wanted ?? {};
    if (options?.axis !== 'step') return true;
    return series.some((one) => (one.t[0] ?? Infinity) <= t && (one.t.at(-1) ?? -Infinity) >= t);
  }

  private momentOf(place: number): Moment {
    const { series = [], options } = this.wanted ?? {};
    if (options?.axis !== 'step') return { t: place, step: null };
    const line = series.find((one) => one.t.length > 0);
    return { t: (line && placeOn(line.step, line.t, place)) ?? null, step: place };
  }

  private putCursor(place: number): void {
    sharedCursor.lead(this);
    this.plot?.setCursor({ left: this.plot.valToPos(place, 'x'), top: 0 });
  }

  /** Goes to where another chart's cursor is. */
  private followCursor(): void {
    const { plot } = this;
    if (!plot || sharedCursor.leads(this)) return;
    const place = sharedCursor.moment && this.placeOf(sharedCursor.moment);
    const left = place === null ? -10 : plot.valToPos(place, 'x');
    if (left < 0 && (plot.cursor.left ?? -10) < 0) return;
    plot.setCursor(left < 0 ? { left: -10, top: -10 } : { left, top: 0 });
  }

  private tellCursor(plot: uPlot, lines: number): void {
    const index = plot.cursor.idx ?? null;
    const place = index === null ? undefined : plot.data[0][index];
    const { onCursor } = this.wanted?.options ?? {};
    if (index === null || place === undefined || (plot.cursor.left ?? -1) < 0) {
      onCursor?.(null, null);
      sharedCursor.move(this, null);
      return;
    }
    onCursor?.(
      Array.from({ length: lines }, (_, at) => valueNear(plot, at + 1, index)),
      place,
    );
    sharedCursor.move(this, this.momentOf(place));
  }

  private shown(): readonly [number, number] | undefined {
    const { min, max } = this.plot?.scales.x ?? {};
    return min === undefined || max === undefined ? undefined : [min, max];
  }

  private whole(): readonly [number, number] | undefined {
    return this.wanted?.options.extent ?? (this.plot && extentOf(this.plot.data[0]));
  }

  private options(series: readonly SeriesData[], options: LineChartOptions, dense: boolean): uPlot.Options {
    const { height, smoothing, spread } = options;
    return {
      ...chartAxes(options),
      width: Math.max(60, this.host.clientWidth),
      height,
      ms: 1,
      legend: { show: false },
      padding: [options.marks ? signHeight : 8, 8, 0, 0],
      cursor: {
        y: false,
        points: { size: 6 },
        drag: { x: true, y: false, setScale: false },
        bind: {
          mousemove: (_plot, _target, handler) => (event: MouseEvent) => {
            sharedCursor.lead(this);
            handler(event);
            return null;
          },
          dblclick: () => () => {
            this.wanted?.options.onRange(null);
            return null;
          },
        },
      },
      ...(spread &&
        series.length === 3 && { bands: [{ series: [1, 3], fill: veil(series[1]?.colour ?? 0) }] }),
      series: [
        {},
        ...series.map((one) => lineOf(one, smoothing > 0, dense)),
        ...(smoothing > 0 ? series.map((one) => lineOf(one, false, dense)) : []),
      ],
      hooks: {
        setSelect: [
          (plot) => {
            if (plot.select.width < 4) return;
            const from = plot.posToVal(plot.select.left, 'x');
            const to = plot.posToVal(plot.select.left + plot.select.width, 'x');
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            this.wanted?.options.onRange([from, to]);
          },
        ],
        setCursor: [
          (plot) => {
            this.tellCursor(plot, series.length);
          },
        ],
        setSize: [
          () => {
            this.showMarks();
          },
        ],
      },
    };
  }
}

function chartColumns(
  series: readonly SeriesData[],
  { smoothing, logAxis, start, axis }: LineChartOptions,
): uPlot.AlignedData {
  const positive = (value: Float64Array) => (logAxis ? value.map((one) => (one > 0 ? one : NaN)) : value);
  const places = series.map(({ t, step }) => (axis === 'step' ? step : untied(t, start)));
  const curve = (values: readonly Float64Array[]) =>
    values.map((value, at) =>
      broken({ t: places[at] ?? new Float64Array(), value: positive(value) }, series[at]?.gap),
    );
  const lines = smoothing > 0 ? series.map(({ value, smooth }) => smooth ?? smoothed(value, smoothing)) : [];
  return aligned([...curve(series.map(({ value }) => value)), ...curve(lines)]);
}

/**
 * Where there are many more points than pixels, lines are drawn a device's pixel wide and without dashes, which can't be seen then:
 * a browser without a graphics card takes a tenth of the time for that.
 */
function lineOf({ label, colour, gap }: SeriesData, faint: boolean, dense: boolean): uPlot.Series {
  const look = seriesLook(colour);
  return {
    label,
    stroke: look.colour,
    alpha: faint ? 0.3 : 1,
    width: dense ? 1 / devicePixelRatio : 1.5,
    dash: dense ? [] : [...look.dash],
    spanGaps: gap === undefined,
    points: {
      show: (_plot, _index, from, to) => to - from < 2,
      filter: (plot, index, show) =>
        show || gap === undefined ? null : lone(plot.data[index] ?? new Float64Array()),
      size: 5,
    },
  };
}

/** The colour between the highest and the lowest line. */
function veil(colour: number): string {
  return `color-mix(in srgb, ${seriesLook(colour).colour || cssValue('--vscode-foreground')} 14%, transparent)`;
}

/** A line has no value at another's places: its nearest one before counts, and none where it is broken. */
function valueNear(plot: uPlot, column: number, index: number): number | null {
  const values = plot.data[column];
  const whole = plot.series[column]?.spanGaps === true;
  for (let i = index; values && i >= 0; i--) {
    const value = values[i];
    if (value === null && !whole) return null;
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

function extentOf(places: ArrayLike<number>): [number, number] {
  const from = places[0] ?? 0;
  return [from, places[places.length - 1] ?? from];
}
