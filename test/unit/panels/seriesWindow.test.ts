import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimated, lowerBound, spread } from '../../../src/ui/panels/seriesWindow';
import type { Points } from '../../../src/ui/panels/seriesWindow';

function points(values: readonly number[], every = 10): Points {
  return {
    t: Float64Array.from(values, (_, i) => i * every),
    step: Float64Array.from(values, (_, i) => i),
    value: Float64Array.from(values),
  };
}

describe('the points that a chart is sent', () => {
  test('are all of them, exactly, when there are few', () => {
    const all = points([3, 1, 2]);
    expect(decimated(all, null, 100)).toEqual(all);
  });

  test('keep every spike: the extremes of all are among those sent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 3000 }),
        fc.integer({ min: 1, max: 300 }),
        (values, columns) => {
          const sent = decimated(points(values), null, columns);
          expect(sent.t.length).toBeLessThanOrEqual(Math.max(columns * 2 + 1, 1));
          expect(Math.max(...sent.value)).toBe(Math.max(...values));
          expect(Math.min(...sent.value)).toBe(Math.min(...values));
          expect(sent.value.at(-1)).toBe(values.at(-1));
          expect([...sent.t]).toEqual([...sent.t].sort((a, b) => a - b));
        },
      ),
    );
  });

  test('are real points, each with its own time and step', () => {
    const sent = decimated(points(Array.from({ length: 5000 }, (_, i) => Math.sin(i))), null, 50);
    for (const [i, t] of sent.t.entries()) {
      expect(sent.step[i]).toBe(t / 10);
      expect(sent.value[i]).toBe(Math.sin(t / 10));
    }
  });

  test('reach one beyond each edge of the range, so that lines are drawn up to it', () => {
    const sent = decimated(points([0, 1, 2, 3, 4, 5]), [15, 32], 100);
    expect([...sent.t]).toEqual([10, 20, 30, 40]);
  });

  test('of a column that begins with NaN still show its numbers', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i % 10 === 0 ? NaN : i));
    const sent = decimated(points(values), null, 20);
    expect(Math.max(...sent.value.filter((value) => !Number.isNaN(value)))).toBe(999);
    expect([...sent.value].filter((value) => !Number.isNaN(value)).length).toBeGreaterThanOrEqual(40);
  });

  test('own exactly their bytes, so that no larger buffer travels with them', () => {
    const sent = decimated(points(Array.from({ length: 5000 }, (_, i) => i)), [100, 900], 10);
    for (const column of [sent.t, sent.step, sent.value])
      expect(column.buffer.byteLength).toBe(column.byteLength);
  });

  test('of no points are none', () => {
    expect(decimated(points([]), null, 100).t.length).toBe(0);
    expect(decimated(points([]), [0, 1], 100).t.length).toBe(0);
  });
});

describe('the spread of many series', () => {
  test('is the lowest, mean and highest at each moment', () => {
    const { low, mean, high } = spread(
      [points([1, 1, 1, 1]), points([2, 2, 2, 2]), points([9, 9, 9, 9])],
      null,
      100,
    );
    expect(new Set(low.value)).toEqual(new Set([1]));
    expect(new Set(mean.value)).toEqual(new Set([4]));
    expect(new Set(high.value)).toEqual(new Set([9]));
  });

  test('leaves out what was not measured rather than taking it for zero', () => {
    const { low, mean } = spread([points([5, NaN, 5, 5]), points([5, 5, 5, 5])], null, 100);
    expect(new Set(low.value)).toEqual(new Set([5]));
    expect(new Set(mean.value)).toEqual(new Set([5]));
  });
});

test('a time is looked up among times that repeat', () => {
  expect(lowerBound(Float64Array.of(1, 2, 2, 3), 2)).toBe(1);
  expect(lowerBound(Float64Array.of(1, 2, 2, 3), 4)).toBe(4);
});
