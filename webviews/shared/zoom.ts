import type { SeriesAxis, SeriesData } from '../../src/protocol/runPanel';
import { placeOn } from './curves';

export type Range = readonly [number, number];

/**
 * What all charts of a tab are zoomed to. It is a stretch of the axis of the chart in which it was chosen. Charts by step
 * show the steps that were measured in a stretch of time; charts over time show the time in which a stretch of steps was
 * measured, as far as the chart that it was chosen in can tell.
 */
export interface Zoom {
  readonly axis: SeriesAxis;
  readonly range: Range;
  /** The same in unix milliseconds; `null` where the steps have no times to tell them apart. */
  readonly time: Range | null;
}

export function zoomTo(axis: SeriesAxis, range: Range, series: readonly SeriesData[]): Zoom {
  return { axis, range, time: axis === 'time' ? range : mapped(series, range, 'step', 'time') };
}

/** What a chart on `axis` asks the host for. */
export function wantedRange(zoom: Zoom | null, axis: SeriesAxis): { range: Range | null; by: SeriesAxis } {
  if (!zoom) return { range: null, by: axis };
  if (zoom.axis === axis) return { range: zoom.range, by: axis };
  return { range: zoom.time, by: 'time' };
}

/** The part of its own axis that a chart shows. */
export function shownRange(zoom: Zoom | null, axis: SeriesAxis, series: readonly SeriesData[]): Range | null {
  const { range, by } = wantedRange(zoom, axis);
  return range && by !== axis ? mapped(series, range, by, axis) : range;
}

/** From the first place of any line to the last. */
function mapped(series: readonly SeriesData[], range: Range, from: SeriesAxis, to: SeriesAxis): Range | null {
  const columns = (one: SeriesData, axis: SeriesAxis) => (axis === 'time' ? one.t : one.step);
  const places = (place: number) =>
    series.flatMap((one) => placeOn(columns(one, from), columns(one, to), place) ?? []);
  const begin = Math.min(...places(range[0]));
  const end = Math.max(...places(range[1]));
  return Number.isFinite(begin) && end > begin ? [begin, end] : null;
}
