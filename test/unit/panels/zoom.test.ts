import { describe, expect, test } from 'vitest';
import type { SeriesData } from '../../../src/protocol/runPanel';
import { shownRange, wantedRange, zoomTo } from '../../../webviews/shared/zoom';
import { placeOn } from '../../../webviews/shared/curves';

/** Ten steps a second from second 1 on. */
const series: readonly SeriesData[] = [
  {
    ...{ label: 'loss', colour: 0, last: 0 },
    t: Float64Array.from({ length: 11 }, (_, i) => 1000 + i * 1000),
    step: Float64Array.from({ length: 11 }, (_, i) => i * 10),
    value: new Float64Array(11),
  },
];

describe('the zoom that all charts share', () => {
  test('chosen in time is asked for in time by all, and shown as the steps that were measured then', () => {
    const zoom = zoomTo('time', [2500, 4000], series);
    expect(wantedRange(zoom, 'time')).toEqual({ range: [2500, 4000], by: 'time' });
    expect(wantedRange(zoom, 'step')).toEqual({ range: [2500, 4000], by: 'time' });
    expect(shownRange(zoom, 'step', series)).toEqual([15, 30]);
    expect(shownRange(zoom, 'time', series)).toEqual([2500, 4000]);
  });

  test('chosen in steps is exactly these in charts by step, and their time in the others', () => {
    const zoom = zoomTo('step', [15, 30], series);
    expect(wantedRange(zoom, 'step')).toEqual({ range: [15, 30], by: 'step' });
    expect(wantedRange(zoom, 'time')).toEqual({ range: [2500, 4000], by: 'time' });
  });

  test('chosen in steps that all came at one time leaves the charts over time as they are', () => {
    const tied = series.map((one) => ({ ...one, t: new Float64Array(11).fill(5000) }));
    const zoom = zoomTo('step', [15, 30], tied);
    expect(wantedRange(zoom, 'time').range).toBeNull();
    expect(wantedRange(zoom, 'step').range).toEqual([15, 30]);
  });

  test('that is none shows all', () => {
    expect(wantedRange(null, 'step').range).toBeNull();
    expect(shownRange(zoomTo('time', [0, 1], []), 'step', [])).toBeNull();
  });
});

test('a place is found on the other axis between two points, and outside of all at the nearest', () => {
  const from = Float64Array.of(0, 10, 10, 20);
  const to = Float64Array.of(100, 200, 300, 400);
  expect([-5, 0, 5, 10, 15, 20, 99].map((place) => placeOn(from, to, place))).toEqual([
    100, 100, 150, 200, 350, 400, 400,
  ]);
  expect(placeOn(new Float64Array(), new Float64Array(), 1)).toBeUndefined();
});
