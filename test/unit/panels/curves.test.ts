import { describe, expect, test } from 'vitest';
import { aligned, broken, joined, lone, smoothed, untied } from '../../../webviews/shared/curves';
import { plainText, quantityText } from '../../../webviews/shared/quantity';

const curve = (t: number[], value: number[]) => ({
  t: Float64Array.from(t),
  value: Float64Array.from(value),
});

describe('curves in one chart', () => {
  test('share an axis with every time of any, at which others have no value and are drawn through', () => {
    const [t, a, b] = aligned([curve([1, 3], [10, 30]), curve([2, 3], [200, 300])]);
    expect([...t]).toEqual([1, 2, 3]);
    expect(a).toEqual([10, undefined, 30]);
    expect(b).toEqual([undefined, 200, 300]);
  });

  test('of numbers that are none have gaps, so that the scale stays', () => {
    expect(aligned([curve([1, 2, 3], [1, NaN, Infinity])])[1]).toEqual([1, null, null]);
  });

  test('are broken where nobody measured, and nowhere else', () => {
    const whole = curve([0, 10, 20], [1, 2, 3]);
    expect(broken(whole, undefined)).toBe(whole);
    expect(broken(whole, 30)).toBe(whole);
    const { t, value } = broken(curve([0, 10, 110, 120], [1, 2, 3, 4]), 30);
    expect([...t]).toEqual([0, 10, 20, 100, 110, 120]);
    expect([...value]).toEqual([1, 2, NaN, NaN, 3, 4]);
  });

  test('are broken at the places of others, too', () => {
    const gap = broken(curve([0, 100], [1, 2]), 30);
    const [t, a, b] = aligned([gap, curve([0, 50, 100], [7, 8, 9])]);
    expect([...t]).toEqual([0, 10, 50, 90, 100]);
    expect(a).toEqual([1, null, null, null, 2]);
    expect(b).toEqual([7, undefined, 8, undefined, 9]);
  });

  test('have places that stand alone between breaks', () => {
    expect(lone([1, null, undefined, 2, undefined, null, 3, undefined, 4, null, 5])).toEqual([0, 3, 10]);
    expect(lone([])).toEqual([]);
  });

  test('sort times by their size and not by their digits', () => {
    const [t] = aligned([curve([9, 100], [1, 1]), curve([20], [1])]);
    expect([...t]).toEqual([9, 20, 100]);
  });

  test('that are none make an empty chart', () => {
    expect(aligned([])).toEqual([new Float64Array(0)]);
  });

  test('are smoothed without being drawn towards zero at their start', () => {
    expect([...smoothed(Float64Array.of(5, 5, 5), 0.9)].map((value) => value.toFixed(9))).toEqual(
      Array(3).fill('5.000000000'),
    );
    const values = Float64Array.of(1, 2);
    expect(smoothed(values, 0)).toBe(values);
    const gap = smoothed(Float64Array.of(1, NaN, 1), 0.5);
    expect(gap[1]).toBeNaN();
    expect(gap[2]).toBeCloseTo(1);
  });

  test('with one time for many points are drawn over the time in which these came', () => {
    const times = (t: number[], start: number) => [...untied(Float64Array.from(t), start)];
    expect(times([100, 100, 100, 100], 60)).toEqual([70, 80, 90, 100]);
    expect(times([10, 20, 20, 30], 0)).toEqual([10, 15, 20, 30]);
    expect(times([50, 50], Infinity)).toEqual([50, 50]);
    const distinct = Float64Array.of(1, 2, 3);
    expect(untied(distinct, 0)).toBe(distinct);
  });

  test('are joined to what is there', () => {
    expect([...joined(Float64Array.of(1), Float64Array.of(2, 3))]).toEqual([1, 2, 3]);
  });
});

test('values are said with their unit', () => {
  expect(quantityText(91.26, '%')).toBe('91.3 %');
  expect(quantityText(31.24e9, 'B')).toBe('31.2 GB');
  expect(quantityText(999.6, 'B')).toBe('1 kB');
  expect(quantityText(1234567, 'B/s')).toBe('1.23 MB/s');
  expect(quantityText(0, 'B')).toBe('0 B');
  expect(quantityText(67, '°C')).toBe('67 °C');
  expect(quantityText(0.21344, '')).toBe('0.2134');
  expect(quantityText(NaN, '')).toBe('not a number');
  expect(plainText(3e-7)).toBe('3.00e-7');
  expect(plainText(12345678)).toBe('1.23e7');
  expect(plainText(0.1 + 0.2)).toBe('0.3');
});
