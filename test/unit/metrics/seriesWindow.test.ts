import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NumberColumn } from '../../../src/core/series/numberColumn';
import { Series } from '../../../src/core/series/series';
import { spreadOf } from '../../../src/core/series/seriesWindow';
import { emptyExtent, ValueBuckets } from '../../../src/core/series/valueBuckets';

function seriesOf(values: readonly number[], every = 10): Series {
  const series = new Series();
  values.forEach((value, i) => {
    series.add(i * every, i, value);
  });
  return series;
}

const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
const value = fc.oneof({ arbitrary: number, weight: 9 }, { arbitrary: fc.constant(NaN), weight: 1 });

test('a column and its copy go their own ways, also within the blocks that they share', () => {
  fc.assert(
    fc.property(
      fc.nat(70_000),
      fc.nat(70_000),
      fc.array(fc.tuple(fc.boolean(), fc.nat(70_000)), { maxLength: 6 }),
      (length, copied, changes) => {
        const one = { column: new NumberColumn(), plain: [] as number[] };
        const other = { column: one.column, plain: one.plain };
        for (let i = 0; i < length; i++) {
          one.column.push(i);
          one.plain.push(i);
        }
        other.column = one.column.copy(copied);
        other.plain = one.plain.slice(0, copied);
        for (const [first, to] of changes) {
          const side: typeof one = first ? one : other;
          // Only a copy is ever cut.
          if (side === other) {
            side.column.truncate(to);
            side.plain.length = Math.min(side.plain.length, to);
          }
          for (let i = 0; i < 50; i++) {
            side.column.push(-i);
            side.plain.push(-i);
          }
        }
        for (const { column, plain } of [one, other]) {
          expect(column.length).toBe(plain.length);
          const same = column.slice(0, column.length).every((value, i) => value === plain[i]);
          expect(same && plain.every((value, i) => column.at(i) === value)).toBe(true);
        }
      },
    ),
    { numRuns: 30 },
  );
});

describe('extents of stretches of values', () => {
  test('are what a look at every value finds, also while values come and after the last ones were taken back', () => {
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 3000 }),
        fc.nat(3000),
        fc.array(value, { maxLength: 300 }),
        fc.nat(3300),
        fc.nat(3300),
        (first, kept, more, a, b) => {
          const values = [...first.slice(0, kept), ...more];
          const column = new NumberColumn();
          const buckets = new ValueBuckets();
          const push = (one: number) => {
            column.push(one);
            buckets.grow(column);
          };
          first.forEach(push);
          column.truncate(kept);
          buckets.truncate(kept);
          more.forEach(push);
          const from = Math.min(a, b, values.length);
          const to = Math.min(Math.max(a, b), values.length);
          const numbers = values.slice(from, to).filter((one) => !Number.isNaN(one));
          const found = buckets.extent(column, from, to, emptyExtent());
          expect(found.count).toBe(numbers.length);
          if (numbers.length === 0) {
            expect([found.low, found.high]).toEqual([-1, -1]);
            return;
          }
          expect(found.low).toBe(values.indexOf(Math.min(...numbers), from));
          expect(found.high).toBe(values.indexOf(Math.max(...numbers), from));
          expect(found.sum).toBeCloseTo(
            numbers.reduce((sum, one) => sum + one, 0),
            3,
          );
        },
      ),
    );
  });
});

describe('the points that a chart is sent', () => {
  test('are all of them, exactly, when there are few', () => {
    const all = seriesOf([3, 1, 2]);
    expect(all.window(null, 100)).toEqual(all.points());
  });

  test('are the first, the last, and the lowest and highest of every column, in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5), value), { minLength: 1, maxLength: 3000 }),
        fc.integer({ min: 1, max: 100 }),
        fc.option(fc.tuple(fc.nat(8000), fc.nat(8000)), { nil: null }),
        (points, columns, edges) => {
          const series = new Series();
          let t = 0;
          for (const [pause, one] of points) series.add((t += pause), undefined, one);
          const { t: times, value: values } = series.points();
          const range = edges && ([Math.min(...edges), Math.max(...edges)] as const);
          const inside = [...times.keys()].filter(
            (i) => !range || ((times[i] ?? 0) >= range[0] && (times[i] ?? 0) <= range[1]),
          );
          const sent = series.window(range, columns);
          expect(sent.t.length).toBeLessThanOrEqual(columns * 2 + 4);
          expect([...sent.t]).toEqual([...sent.t].sort((a, b) => a - b));
          const first = inside[0];
          const last = inside.at(-1);
          if (first === undefined || last === undefined) return;
          // One beyond each edge, and the edges themselves.
          const wanted = [first - 1, first, last, last + 1].filter((i) => i >= 0 && i < times.length);
          for (const i of wanted) expect([...sent.t]).toContain(times[i]);
          expect(sent.t[0]).toBe(times[wanted[0] ?? 0]);
          expect(sent.t.at(-1)).toBe(times[wanted.at(-1) ?? 0]);
          const start = times[first] ?? 0;
          const width = ((times[last] ?? 0) - start) / columns || 1;
          const all = new Map<number, number[]>();
          for (const i of inside) {
            const column = Math.min(columns - 1, Math.floor(((times[i] ?? 0) - start) / width));
            all.set(column, [...(all.get(column) ?? []), values[i] ?? NaN]);
          }
          const there = new Set([...sent.value].map(String));
          for (const column of all.values()) {
            const numbers = column.filter((one) => !Number.isNaN(one));
            if (numbers.length === 0) continue;
            expect(there).toContain(String(Math.min(...numbers)));
            expect(there).toContain(String(Math.max(...numbers)));
          }
        },
      ),
    );
  });

  test('are real points, each with its own time and step', () => {
    const sent = seriesOf(Array.from({ length: 5000 }, (_, i) => Math.sin(i))).window(null, 50);
    for (const [i, t] of sent.t.entries()) {
      expect(sent.step[i]).toBe(t / 10);
      expect(sent.value[i]).toBe(Math.sin(t / 10));
    }
  });

  test('reach one beyond each edge of the range, so that lines are drawn up to it', () => {
    const sent = seriesOf([0, 1, 2, 3, 4, 5]).window([15, 32], 100);
    expect([...sent.t]).toEqual([10, 20, 30, 40]);
  });

  test('of a range far from the point before it are as fine as of any other', () => {
    const series = new Series();
    series.add(0, undefined, 0);
    for (let i = 0; i < 10_000; i++) series.add(1e9 + i, undefined, i % 2);
    expect(series.window([1e9, 2e9], 100).t.length).toBeGreaterThan(190);
  });

  test('of a column that has NaN still show its numbers', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i % 10 === 0 ? NaN : i));
    const sent = seriesOf(values).window(null, 20);
    expect(Math.max(...sent.value.filter((one) => !Number.isNaN(one)))).toBe(999);
    expect([...sent.value].filter((one) => !Number.isNaN(one)).length).toBeGreaterThanOrEqual(40);
  });

  test('own exactly their bytes, so that no larger buffer travels with them', () => {
    const sent = seriesOf(Array.from({ length: 5000 }, (_, i) => i)).window([100, 900], 10);
    for (const column of [sent.t, sent.step, sent.value])
      expect(column.buffer.byteLength).toBe(column.byteLength);
  });

  test('of no points are none', () => {
    expect(new Series().window(null, 100).t.length).toBe(0);
    expect(new Series().window([0, 1], 100).t.length).toBe(0);
    expect(new Series().window(null, 100, 'step').t.length).toBe(0);
  });

  test('are as few of a hundred thousand points as of a thousand, in any range', () => {
    const series = seriesOf(Array.from({ length: 100_000 }, (_, i) => i % 977));
    for (const range of [null, [250_000, 750_000], [1000, 2000]] as const) {
      expect(series.window(range, 100).t.length).toBeLessThanOrEqual(204);
    }
  });

  test('carry the moving average of all points before them, not only of those that are sent', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 2000 }),
        fc.double({ min: 0.1, max: 0.95, noNaN: true }),
        fc.integer({ min: 1, max: 40 }),
        (values, smoothing, columns) => {
          const averages: number[] = [];
          let average = 0;
          let count = 0;
          for (const one of values) {
            if (Number.isNaN(one)) {
              averages.push(NaN);
              continue;
            }
            average = average * smoothing + (1 - smoothing) * one;
            count++;
            averages.push(average / (1 - smoothing ** count));
          }
          const { step, smooth } = seriesOf(values).window(null, columns, 'time', { smoothing });
          const size = Math.max(1, ...values.filter(Number.isFinite).map(Math.abs));
          smooth?.forEach((one, i) => {
            const exact = averages[step[i] ?? 0] ?? NaN;
            if (Number.isNaN(exact)) expect(one).toBeNaN();
            else expect(Math.abs(one - exact)).toBeLessThan(size * 1e-3);
          });
          expect(smooth).toHaveLength(step.length);
        },
      ),
    );
  });
});

describe('points by step', () => {
  const fed = (points: readonly (readonly [t: number, step: number | undefined, value: number])[]) => {
    const series = new Series();
    for (const point of points) series.add(...point);
    return series;
  };

  test('after a restart are those of the newest attempt, and by time all of them', () => {
    const series = fed([
      [1, 10, 0.5],
      [2, 20, 0.4],
      [3, 30, 0.3],
      [9, 20, 0.45],
      [10, 30, 0.35],
    ]);
    const { step, value: values } = series.window(null, 100, 'step');
    expect([...step]).toEqual([10, 20, 30]);
    expect([...values]).toEqual([0.5, 0.45, 0.35]);
    expect([...series.window(null, 100).value]).toEqual([0.5, 0.4, 0.3, 0.45, 0.35]);
    expect(series.stepBacks).toEqual([{ before: 3, t: 9, step: 20 }]);
    expect(series.revision).toBe(1);
  });

  test('leave out what has no step', () => {
    const mixed = fed([
      [1, undefined, 1],
      [2, 5, 2],
      [3, undefined, 3],
      [4, 6, 4],
    ]);
    expect([...mixed.points(0, 'step').step]).toEqual([5, 6]);
    expect(mixed.count).toBe(4);
    expect(fed([[1, undefined, 1]]).hasSteps).toBe(false);
  });

  test('can be looked at in a range of time', () => {
    const series = fed(Array.from({ length: 100 }, (_, i) => [i * 1000, i * 2, i] as const));
    expect([...series.window([10_000, 12_000], 50, 'step', { by: 'time' }).step]).toEqual([
      18, 20, 22, 24, 26,
    ]);
    expect([...series.window([20, 24], 50, 'step').step]).toEqual([18, 20, 22, 24, 26]);
  });

  test('a counter that begins again with every epoch tells no restarts', () => {
    const series = fed(Array.from({ length: 500 }, (_, i) => [i, i % 10, i] as const));
    expect(series.stepBacks).toEqual([]);
    expect([...series.points(0, 'step').value]).toEqual(Array.from({ length: 10 }, (_, i) => 490 + i));
  });

  test('never go back, whatever comes, and are the last of each attempt', () => {
    const point = fc.tuple(fc.nat(20), fc.option(fc.nat(60), { nil: undefined }), value);
    fc.assert(
      fc.property(fc.array(point, { maxLength: 400 }), (points) => {
        const series = fed(points);
        let kept: { step: number; value: number }[] = [];
        for (const [, step, one] of points) {
          if (step === undefined) continue;
          const last = kept.at(-1);
          if (last && step < last.step) kept = kept.filter((other) => other.step < step);
          kept.push({ step, value: one });
        }
        const found = series.points(0, 'step');
        expect([...found.step]).toEqual(kept.map(({ step }) => step));
        expect([...found.value]).toEqual(kept.map(({ value: one }) => one));
        expect([...found.t]).toEqual([...found.t].sort((a, b) => a - b));
        const numbers = kept.map((one) => one.value).filter((one) => !Number.isNaN(one));
        const sent = [...series.window(null, 5, 'step').value].filter((one) => !Number.isNaN(one));
        if (numbers.length > 0)
          expect([Math.min(...sent), Math.max(...sent)]).toEqual([
            Math.min(...numbers),
            Math.max(...numbers),
          ]);
      }),
    );
  });
});

describe('the spread of many series', () => {
  const spread = (all: readonly Series[], columns = 100) =>
    spreadOf(
      all.map((one) => one.on('time')),
      null,
      columns,
      'time',
    );

  test('is the lowest, mean and highest at each moment', () => {
    const { low, mean, high } = spread([
      seriesOf([1, 1, 1, 1]),
      seriesOf([2, 2, 2, 2]),
      seriesOf([9, 9, 9, 9]),
    ]);
    expect(new Set(low.value)).toEqual(new Set([1]));
    expect(new Set(mean.value)).toEqual(new Set([4]));
    expect(new Set(high.value)).toEqual(new Set([9]));
  });

  test('leaves out what was not measured rather than taking it for zero', () => {
    const { low, mean } = spread([seriesOf([5, NaN, 5, 5]), seriesOf([5, 5, 5, 5])]);
    expect(new Set(low.value)).toEqual(new Set([5]));
    expect(new Set(mean.value)).toEqual(new Set([5]));
  });

  test('is what a look at every point finds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(number, { minLength: 1, maxLength: 400 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 30 }),
        (all, columns) => {
          const { low, mean, high } = spread(
            all.map((values) => seriesOf(values)),
            columns,
          );
          const flat = all.flat();
          expect(Math.min(...low.value)).toBe(Math.min(...flat));
          expect(Math.max(...high.value)).toBe(Math.max(...flat));
          mean.value.forEach((one, i) => {
            expect(one).toBeGreaterThanOrEqual((low.value[i] ?? NaN) - 1e-6);
            expect(one).toBeLessThanOrEqual((high.value[i] ?? NaN) + 1e-6);
          });
        },
      ),
    );
  });

  test('of nothing is nothing', () => {
    expect(spread([]).mean.t).toHaveLength(0);
    expect(spread([new Series()]).mean.t).toHaveLength(0);
  });
});
