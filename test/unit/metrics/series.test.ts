import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Series } from '../../../src/core/series/series';
import { TimeMarks } from '../../../src/core/timeMarks';

test('points come back as they were added, from any index, in copies of exactly their size', () => {
  const point = fc.tuple(fc.nat(1000), fc.option(fc.nat(), { nil: undefined }), fc.float({ noNaN: true }));
  fc.assert(
    fc.property(fc.array(point, { maxLength: 100 }), fc.nat(110), (points, from) => {
      const series = new Series();
      for (const [t, step, value] of points) series.add(t, step, value);
      const read = series.points(from);
      expect([...read.value]).toEqual(points.slice(from).map(([, , value]) => value));
      expect([...read.step]).toEqual(points.slice(from).map(([, step]) => step ?? NaN));
      const times = points.map((_, i) => Math.max(...points.slice(0, i + 1).map(([t]) => t)));
      expect([...read.t]).toEqual(times.slice(from));
      expect(read.value.buffer.byteLength).toBe(read.value.length * 8);
      if (points.length > 0) {
        const values = points.map(([, , value]) => value);
        expect([series.min, series.max, series.last]).toEqual([
          Math.min(...values),
          Math.max(...values),
          values.at(-1),
        ]);
      }
    }),
  );
});

test("a byte's time is that of the first mark that covers it", () => {
  const marks = new TimeMarks();
  expect(marks.at(1)).toBeUndefined();
  marks.add(100, 1000);
  marks.add(100, 2000);
  marks.add(50, 3000);
  marks.add(200, 2500);
  expect([1, 100, 101, 200].map((bytes) => marks.at(bytes))).toEqual([1000, 1000, 2500, 2500]);
  expect(marks.at(201)).toBeUndefined();
  marks.setLatest({ bytes: 300, t: 2600 });
  expect([200, 201, 300].map((bytes) => marks.at(bytes))).toEqual([2500, 2600, 2600]);
  marks.add(Infinity, 9000);
  expect([300, 301].map((bytes) => marks.at(bytes))).toEqual([2600, 9000]);
});

test('a clock that steps back never makes a later byte older', () => {
  const marks = new TimeMarks();
  marks.add(10, 5000);
  marks.add(20, 4000);
  expect(marks.at(20)).toBe(5000);
});
