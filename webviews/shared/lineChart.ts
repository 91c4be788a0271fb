import uPlot from 'uplot';
import type { SeriesData } from '../../src/protocol/runPanel';
import { aligned, smoothed, untied } from './curves';
import { quantityText } from './quantity';
import { cssValue, seriesLook } from './theme';
import { tickText } from './times';

export interface LineChartOptions {
  readonly unit: string;
  /** The scale's end, where it is known. */
  readonly limit?: number;
  readonly logAxis: boolean;
  readonly smoothing: number;
  /** When the job started, in unix milliseconds. */
  readonly start: number;
  /** Unix milliseconds, or `null` for all. */
  readonly range: readonly [number, number] | null;
  readonly height: number;
  /** A stretch was chosen with the mouse, or everything again (`null`). */
  readonly onRange: (range: readonly [number, number] | null) => void;
  /** The values under the cursor, by series; `null` when there is none. */
  readonly onCursor: (values: readonly (number | null)[] | null, t: number | null) => void;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Steps between ticks; labels tell no less than seconds. */
const timeSteps: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12].map((count) => count * hour),
  ...[1, 2, 5, 10, 30, 100, 365].map((count) => count * day),
];

/** uPlot's enum of distributions exists in its types only. */
const logarithmic: Pick<uPlot.Scale, 'log'> = Object.freeze({ distr: 3, log: 10 });

/** All charts of a page share their cursor. */
const shared = uPlot.sync('run');

/** One chart on a canvas. It is made anew when its look changes; new data only draw. */
export class LineChart {
  private plot: uPlot | undefined;
  private look = '';

  constructor(private readonly host: HTMLElement) {}

  draw(series: readonly SeriesData[], options: LineChartOptions): void {
    const look = JSON.stringify([
      series.map(({ label, colour }) => [label, colour]),
      { ...options, range: null, smoothing: options.smoothing > 0 },
    ]);
    const data = this.data(series, options);
    if (!this.plot || look !== this.look) {
      this.destroy();
      this.look = look;
      this.plot = new uPlot(this.options(series, options), data, this.host);
      shared.sub(this.plot);
    } else {
      this.plot.setData(data, false);
    }
    const [from, to] = options.range ?? extent(data[0]);
    this.plot.setScale('x', { min: from, max: to });
  }

  resize(): void {
    const width = this.host.clientWidth;
    if (this.plot && width > 0 && width !== this.plot.width)
      this.plot.setSize({ width, height: this.plot.height });
  }

  destroy(): void {
    if (!this.plot) return;
    shared.unsub(this.plot);
    this.plot.destroy();
    this.plot = undefined;
    this.look = '';
  }

  private data(
    series: readonly SeriesData[],
    { smoothing, logAxis, start }: LineChartOptions,
  ): uPlot.AlignedData {
    const positive = (value: Float64Array) => (logAxis ? value.map((one) => (one > 0 ? one : NaN)) : value);
    const raw = series.map(({ t, value }) => ({ t: untied(t, start), value: positive(value) }));
    const lines = smoothing > 0 ? raw.map(({ t, value }) => ({ t, value: smoothed(value, smoothing) })) : [];
    return aligned([...raw, ...lines]);
  }

  private options(series: readonly SeriesData[], options: LineChartOptions): uPlot.Options {
    const { unit, height, logAxis, smoothing } = options;
    const text = cssValue('--vscode-foreground');
    const grid = { stroke: cssValue('--vscode-charts-lines') || text, width: 0.5 };
    const font = `11px ${cssValue('--vscode-font-family') || 'sans-serif'}`;
    const line = ({ label, colour }: SeriesData, faint: boolean): uPlot.Series => {
      const look = seriesLook(colour);
      return {
        label,
        stroke: look.colour,
        alpha: faint ? 0.3 : 1,
        width: 1.5,
        dash: [...look.dash],
        spanGaps: true,
        points: { show: (_plot, _index, from, to) => to - from < 2, size: 5 },
      };
    };
    return {
      width: Math.max(60, this.host.clientWidth),
      height,
      ms: 1,
      legend: { show: false },
      padding: [8, 8, 0, 0],
      cursor: {
        y: false,
        points: { size: 6 },
        drag: { x: true, y: false, setScale: false },
        sync: { key: shared.key, setSeries: false },
        bind: {
          dblclick: () => () => {
            options.onRange(null);
            return null;
          },
        },
      },
      scales: {
        x: { time: true },
        y: logAxis ? logarithmic : { range: (_plot, low, high) => yRange(low, high, options) },
      },
      axes: [
        {
          stroke: text,
          font,
          grid: { show: false },
          ticks: { ...grid, size: 4 },
          size: 22,
          gap: 2,
          space: 72,
          incrs: [...timeSteps],
          values: (plot, ticks, _axis, _space, step) =>
            ticks.map((t) => (hasRoom(plot, t) ? tickText(t, step) : '')),
        },
        {
          stroke: text,
          font,
          grid,
          ticks: { show: false },
          gap: 4,
          size: (_plot, values) => labelWidth(values),
          space: 28,
          values: (_plot, ticks) =>
            ticks.map((value: number | null) => (value === null ? '' : quantityText(value, unit))),
        },
      ],
      series: [
        {},
        ...series.map((one) => line(one, smoothing > 0)),
        ...(smoothing > 0 ? series.map((one) => line(one, false)) : []),
      ],
      hooks: {
        setSelect: [
          (plot) => {
            if (plot.select.width < 4) return;
            const from = plot.posToVal(plot.select.left, 'x');
            const to = plot.posToVal(plot.select.left + plot.select.width, 'x');
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            options.onRange([from, to]);
          },
        ],
        setCursor: [
          (plot) => {
            const index = plot.cursor.idx ?? null;
            if (index === null || plot.cursor.left === undefined || plot.cursor.left < 0)
              options.onCursor(null, null);
            else
              options.onCursor(
                series.map((_one, at) => valueNear(plot, at + 1, index)),
                plot.data[0][index] ?? null,
              );
          },
        ],
      },
    };
  }
}

/** A line has no value at another's times: its nearest one before counts. */
function valueNear(plot: uPlot, column: number, index: number): number | null {
  const values = plot.data[column];
  for (let i = index; values && i >= 0; i--) {
    const value = values[i];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

/** A label stands across its tick: too near to the right edge it would be cut off. */
function hasRoom(plot: uPlot, t: number): boolean {
  return plot.valToPos(t, 'x', true) <= plot.bbox.left + plot.bbox.width - 20 * devicePixelRatio;
}

/** uPlot asks also when it has no labels yet. */
function labelWidth(values: readonly string[] | null): number {
  return 14 + 6.2 * Math.max(3, ...(values ?? []).map((value) => value.length));
}

function yRange(low: number, high: number, { unit, limit }: LineChartOptions): [number, number] {
  if (unit === '%') return [0, Math.max(100, high)];
  if (limit !== undefined) return [0, Math.max(limit, high)];
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  if (unit !== '' && low >= 0) return [0, high === 0 ? 1 : high * 1.08];
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  // A curve that stays above zero is not shown with a scale below it.
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

function extent(times: ArrayLike<number>): [number, number] {
  const from = times[0] ?? 0;
  const to = times[times.length - 1] ?? from;
  return from === to ? [from - 500, to + 500] : [from, to];
}
