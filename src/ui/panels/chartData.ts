import { GrowingSpread } from '../../core/series/growingSpread';
import { GrowingWindow } from '../../core/series/growingWindow';
import type { PointColumns } from '../../core/series/pointColumns';
import type { SeriesAxis, SeriesView } from '../../core/series/series';
import { samplingGap } from '../../core/series/samplingGap';
import { spreadOf } from '../../core/series/seriesWindow';
import { isMachineSeries } from '../../core/metricKind';
import type { ChartData, ChartRequest, SeriesData } from '../../protocol/runPanel';
import type { ChartMember } from './chartList';

/** Up to so many points a chart, all are sent and from then on only the new ones. */
const wholePoints = 8000;
/** Of a spread, more columns than this can't be told apart. */
const spreadColumns = 400;
/** Views whose state is kept; more were looked at before. */
const keptViews = 40;

export interface Line {
  readonly member: Pick<ChartMember, 'key' | 'label' | 'colour'>;
  readonly series: SeriesView;
}

/** What is kept for a chart that is seen whole and grows. */
interface Growing {
  readonly windows: readonly GrowingWindow[];
  readonly spread: GrowingSpread;
}

/**
 * Makes what charts are to draw. A short chart is sent whole and then only what is new; of a long one the page gets what can
 * be seen, and then only what changed of it; of a part of one what can be seen of it. So the cost depends on the chart's width
 * and on what is new, and not on the length of the run.
 */
export class ChartMaker {
  private readonly growing = new Map<string, Growing>();

  data(request: ChartRequest, lines: readonly Line[]): ChartData {
    const { id, axis } = request;
    const points = lines.map(({ series }) => series.on(axis));
    const common = { id, extent: extentOf(points, axis), final: isFinal(request, points) };
    if (lines.length > request.lines) {
      const series = this.spread(request, lines, points);
      return { ...common, held: [], from: [], spread: true, series };
    }
    const whole = points.reduce((sum, { count }) => sum + count, 0) <= wholePoints;
    const data = request.range
      ? parts(request, lines)
      : whole
        ? wholes(request, lines)
        : this.windows(request, lines, points);
    return { ...common, spread: false, ...data };
  }

  private windows(
    request: ChartRequest,
    lines: readonly Line[],
    points: readonly PointColumns[],
  ): Pick<ChartData, 'held' | 'from' | 'series'> {
    const { windows } = this.grown(request, lines.length);
    windows.forEach((window, i) => {
      const one = points[i];
      if (one) window.update(one, lines[i]?.series.revision ?? 0);
    });
    const held = heldOf(
      windows.map((window) => window.held.settled),
      // Never one of a chart that was sent whole.
      windows.map((window) => -window.held.generation),
    );
    const from = kept(request.held, held);
    const series = lines.map((line, i): SeriesData => {
      const one = line.series.on(request.axis);
      const shown = windows[i]?.since(one, from[i] ?? 0, request.smoothing) ?? one.slice(0, 0);
      return { ...named(line), ...shown, ...gapIn(request, [line], windows[i]?.columnWidth) };
    });
    return { held, from, series };
  }

  private spread(
    request: ChartRequest,
    lines: readonly Line[],
    points: readonly PointColumns[],
  ): readonly SeriesData[] {
    const { axis } = request;
    const range = rangeOn(request, points);
    const { spread } = this.grown(request, lines.length);
    if (!range)
      spread.update(
        points,
        lines.map(({ series }) => series.revision),
      );
    const { low, mean, high } = range
      ? spreadOf(points, range, Math.min(request.columns, spreadColumns), axis)
      : spread.lines();
    const gap = gapIn(request, lines, shortestStep(mean.t));
    const line = (label: string, colour: number, shown: typeof low): SeriesData => ({
      label,
      colour,
      last: shown.value.at(-1) ?? NaN,
      ...shown,
      ...gap,
    });
    return [line('highest', 1, high), line('mean', 0, mean), line('lowest', 2, low)];
  }

  private grown({ id, node, axis, columns }: ChartRequest, lines: number): Growing {
    const key = JSON.stringify([id, node, axis, columns, lines]);
    const known = this.growing.get(key) ?? {
      windows: Array.from({ length: lines }, () => new GrowingWindow(axis, columns)),
      spread: new GrowingSpread(axis, Math.min(columns, spreadColumns)),
    };
    this.growing.delete(key);
    this.growing.set(key, known);
    for (const old of [...this.growing.keys()].slice(0, -keptViews)) this.growing.delete(old);
    return known;
  }
}

function wholes(request: ChartRequest, lines: readonly Line[]): Pick<ChartData, 'held' | 'from' | 'series'> {
  const { axis } = request;
  const held = heldOf(
    lines.map(({ series }) => series.on(axis).count),
    lines.map(({ series }) => series.revision),
  );
  const from = kept(request.held, held);
  const series = lines.map((line, i) => ({
    ...named(line),
    ...line.series.points(from[i] ?? 0, axis),
    ...gapIn(request, [line]),
  }));
  return { held, from, series };
}

function parts(request: ChartRequest, lines: readonly Line[]): Pick<ChartData, 'held' | 'from' | 'series'> {
  const { range, columns, axis, by, smoothing } = request;
  const series = lines.map((line) => {
    const shown = line.series.window(range, columns, axis, { by, smoothing });
    const length = (shown.t.at(-1) ?? 0) - (shown.t[0] ?? 0);
    return { ...named(line), ...shown, ...gapIn(request, [line], length / columns) };
  });
  return { held: [], from: [], series };
}

/** Machines are measured all the time, while somebody is there to do it. What training tells of has no period of its own. */
function gapIn({ axis }: ChartRequest, lines: readonly Line[], width?: number): Pick<SeriesData, 'gap'> {
  if (axis !== 'time' || !lines.every(({ member }) => isMachineSeries(member.key))) return {};
  const gaps = lines.flatMap(({ series }) => samplingGap(series.on(axis), width) ?? []);
  return gaps.length > 0 ? { gap: Math.max(...gaps) } : {};
}

/** Of columns of one width, of which some may be missing: that width. */
function shortestStep(places: Float64Array): number {
  let shortest = Infinity;
  for (let i = 1; i < places.length; i++)
    shortest = Math.min(shortest, (places[i] ?? 0) - (places[i - 1] ?? 0));
  return Number.isFinite(shortest) ? shortest : 0;
}

function named({
  member: { label, colour },
  series: { last },
}: Line): Omit<SeriesData, 't' | 'step' | 'value'> {
  return { label, colour, last };
}

/** First how many points of each series stay, then what must be the same for that. */
function heldOf(counts: readonly number[], same: readonly number[]): number[] {
  return [...counts, ...same];
}

/** How many points of each series the page keeps. */
function kept(before: readonly number[] | null, now: readonly number[]): readonly number[] {
  const half = now.length / 2;
  return now.slice(0, half).map((count, i) => {
    if (before?.length !== now.length || before[half + i] !== now[half + i]) return 0;
    const held = before[i] ?? 0;
    return held <= count ? held : 0;
  });
}

/** Times only grow: what lies wholly before the newest of every line does not change any more. */
function isFinal({ range, axis }: ChartRequest, points: readonly PointColumns[]): boolean {
  if (!range || axis !== 'time') return false;
  return points.every((one) => one.at('time', one.count - 1) > range[1]);
}

function extentOf(points: readonly PointColumns[], axis: SeriesAxis): readonly [number, number] | null {
  const there = points.filter(({ count }) => count > 0);
  if (there.length === 0) return null;
  return [
    Math.min(...there.map((one) => one.at(axis, 0))),
    Math.max(...there.map((one) => one.at(axis, one.count - 1))),
  ];
}

/** The range as places on the axis, where it was given in time and the axis is of steps. */
function rangeOn({ range, axis, by }: ChartRequest, points: readonly PointColumns[]): ChartRequest['range'] {
  if (!range || axis === by) return range;
  const found = points.flatMap((one) => {
    const first = one.lowerBound(by, range[0]);
    const end = one.upperBound(by, range[1]);
    return first < end ? [one.at(axis, first), one.at(axis, end - 1)] : [];
  });
  return found.length > 0 ? [Math.min(...found), Math.max(...found)] : [0, 0];
}
