import { expect, test } from 'vitest';
import { Buckets, finest, gridOf } from '../../../src/core/diagnosis/buckets';

const start = 1_700_000_000_000;
const filled = (points: readonly (readonly [t: number, value: number])[]) => {
  const buckets = new Buckets();
  for (const [t, value] of points) buckets.add(t, value);
  return buckets;
};

test('samples of one span are one mean; spans without are NaN', () => {
  const one = filled([
    [start, 10],
    [start + 2000, 30],
    [start + 25_000, 7],
  ]);
  const grid = gridOf([one]);
  expect(grid).toEqual({ from: start, width: finest, count: 3 });
  expect([...one.column(grid)]).toEqual([20, NaN, 7]);
});

test('curves of different lengths come onto one grid, as wide as the widest', () => {
  const long = new Buckets();
  for (let i = 0; i < 5000; i++) long.add(start + i * finest, i % 2);
  const short = filled([[start + 100 * finest, 5]]);
  const grid = gridOf([long, short, new Buckets()]);
  expect(grid.width).toBe(4 * finest);
  expect([...long.column(grid)].slice(0, 1250).every((value) => value === 0.5)).toBe(true);
  expect(short.column(grid).filter((value) => value === 5)).toHaveLength(1);
  const at = Math.floor((start + 100 * finest - grid.from) / grid.width);
  expect(short.column(grid)[at]).toBe(5);
});

test('the mean of all stays the same, however often buckets are joined', () => {
  const buckets = new Buckets();
  let sum = 0;
  for (let i = 0; i < 100_000; i++) {
    buckets.add(start + i * 5000, i % 101);
    sum += i % 101;
  }
  expect(buckets.count).toBeLessThanOrEqual(2048);
  const column = buckets.column(gridOf([buckets]));
  const mean = column.reduce((total, value) => total + value, 0) / column.length;
  expect(mean).toBeCloseTo(sum / 100_000, 0);
});

test('a clock that is set forward by days begins anew, and does not make buckets a day wide', () => {
  const one = filled([
    [1000, 99],
    [start, 1],
    [start + finest, 2],
  ]);
  const grid = gridOf([one]);
  expect(grid.width).toBe(finest);
  expect([...one.column(grid)]).toEqual([1, 2]);
  // A curve that has only the wrong time is left out of the grid.
  expect(gridOf([one, filled([[1000, 99]])])).toEqual(grid);
});

test('what is no number is not there', () => {
  const one = filled([
    [start, NaN],
    [NaN, 4],
    [start, Infinity],
  ]);
  expect(one.count).toBe(0);
  expect(gridOf([one])).toEqual({ from: 0, width: finest, count: 0 });
});
