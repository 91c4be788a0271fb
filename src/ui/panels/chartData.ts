import type { PointColumns } from '../../core/pointColumns';
import type { SeriesAxis, SeriesView } from '../../core/series';
import { spreadOf } from '../../core/seriesWindow';
import type { ChartData, ChartRequest, SeriesData } from '../../protocol/runPanel';
import type { ChartMember } from './chartList';

/** Up to so many points a chart, all are sent and from then on only the new ones. */
const wholePoints = 8000;
/** Of a spread, more columns than this can't be told apart. */
const spreadColumns = 400;

export interface Line {
  readonly member: Pick<ChartMember, 'label' | 'colour'>;
  readonly series: SeriesView;
}

/**
 * What one chart is to draw. A short chart is sent whole and then only what is new; of a long one, or of a part of one,
 * the page gets what can be seen, at a cost that depends on its width and not on the length of the run.
 */
export function chartData(request: ChartRequest, lines: readonly Line[]): ChartData {
  const { id, range, axis } = request;
  const points = lines.map(({ series }) => series.on(axis));
  const common = { id, extent: extentOf(points, axis), final: isFinal(request, points) };
  if (lines.length > request.lines) {
    const series = spreadLines(request, points);
    return { ...common, held: [], append: false, spread: true, series };
  }
  const counts = points.map(({ count }) => count);
  const whole = !range && counts.reduce((sum, count) => sum + count, 0) <= wholePoints;
  const held = whole ? [...counts, ...lines.map(({ series }) => series.revision)] : [];
  const append = whole && continues(request.held, held);
  const series = lines.map(({ member: { label, colour }, series }, index): SeriesData => {
    const shown = whole
      ? series.points(append ? (request.held?.[index] ?? 0) : 0, axis)
      : series.window(range, request.columns, axis, { by: request.by, smoothing: request.smoothing });
    return { label, colour, last: series.last, ...shown };
  });
  return { ...common, held, append, spread: false, series };
}

/** First how many points there are of each series, then how often points were replaced. */
function continues(before: readonly number[] | null, now: readonly number[]): boolean {
  if (before?.length !== now.length || now.length === 0) return false;
  const half = now.length / 2;
  return before.every((count, i) => (i < half ? count <= (now[i] ?? 0) : count === now[i]));
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

function spreadLines(request: ChartRequest, points: readonly PointColumns[]): readonly SeriesData[] {
  const { axis } = request;
  const columns = Math.min(request.columns, spreadColumns);
  const { low, mean, high } = spreadOf(points, rangeOn(request, points), columns, axis);
  const line = (label: string, colour: number, shown: typeof low): SeriesData => ({
    label,
    colour,
    last: shown.value.at(-1) ?? NaN,
    ...shown,
  });
  return [line('highest', 1, high), line('mean', 0, mean), line('lowest', 2, low)];
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
