import type uPlot from 'uplot';
import { plainText, quantityText } from './quantity';
import { cssValue } from './theme';
import { tickText } from './times';

export interface AxesOptions {
  readonly unit: string;
  /** The scale's end, where it is known. */
  readonly limit?: number;
  readonly logAxis: boolean;
  /** What the points stand side by side on; time where it is not said. */
  readonly axis?: 'time' | 'step';
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

/** The scales and axes of a chart: time or steps below, quantities with their unit beside. */
export function chartAxes(options: AxesOptions): Pick<uPlot.Options, 'scales' | 'axes'> {
  const { unit, logAxis, axis } = options;
  const text = cssValue('--vscode-foreground');
  const grid = { stroke: cssValue('--vscode-charts-lines') || text, width: 0.5 };
  const font = `11px ${cssValue('--vscode-font-family') || 'sans-serif'}`;
  const below: uPlot.Axis = {
    stroke: text,
    font,
    grid: { show: false },
    ticks: { ...grid, size: 4 },
    size: 22,
    gap: 2,
    space: 72,
  };
  return {
    scales: {
      x: { time: axis !== 'step' },
      y: logAxis ? logarithmic : { range: (_plot, low, high) => yRange(low, high, options) },
    },
    axes: [
      axis === 'step'
        ? {
            ...below,
            values: (plot, ticks) =>
              ticks.map((step, index) =>
                hasRoom(plot, step) ? `${index === 0 ? 'step ' : ''}${plainText(step)}` : '',
              ),
          }
        : {
            ...below,
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
  };
}

/** A label stands across its tick: too near to the right edge it would be cut off. */
function hasRoom(plot: uPlot, place: number): boolean {
  return plot.valToPos(place, 'x', true) <= plot.bbox.left + plot.bbox.width - 20 * devicePixelRatio;
}

/** uPlot asks also when it has no labels yet. */
function labelWidth(values: readonly string[] | null): number {
  return 14 + 6.2 * Math.max(3, ...(values ?? []).map((value) => value.length));
}

function yRange(low: number, high: number, { unit, limit }: AxesOptions): [number, number] {
  if (unit === '%') return [0, Math.max(100, high)];
  if (limit !== undefined) return [0, Math.max(limit, high)];
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  if (unit !== '' && low >= 0) return [0, high === 0 ? 1 : high * 1.08];
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  // A curve that stays above zero is not shown with a scale below it.
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}
