import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GrowingSpread } from '../../../src/core/series/growingSpread';
import { GrowingWindow } from '../../../src/core/series/growingWindow';
import { Series } from '../../../src/core/series/series';

const value = fc.oneof(
  { arbitrary: fc.integer({ min: -1000, max: 1000 }), weight: 9 },
  { arbitrary: fc.constant(NaN), weight: 1 },
);
/** Points in the chunks in which they come. */
const chunks = fc.array(fc.array(fc.tuple(fc.nat(40), value), { maxLength: 200 }), { maxLength: 8 });

describe('the window of a series that grows', () => {
  test('holds every extreme, in order, and what a page keeps and is sent is always the whole of it', () => {
    fc.assert(
      fc.property(chunks, fc.integer({ min: 2, max: 50 }), (all, columns) => {
        const series = new Series();
        const window = new GrowingWindow('time', columns);
        let page: { t: number; value: number }[] = [];
        let held = { settled: 0, generation: 0 };
        let t = 0;
        for (const chunk of all) {
          for (const [pause, one] of chunk) series.add((t += pause), undefined, one);
          const points = series.on('time');
          window.update(points, series.revision);
          const from = held.generation === window.held.generation ? held.settled : 0;
          held = window.held;
          const sent = window.since(points, from, 0);
          page = [
            ...page.slice(0, from),
            ...[...sent.t].map((at, i) => ({ t: at, value: sent.value[i] ?? NaN })),
          ];
          const whole = window.since(points, 0, 0);
          expect(page.map((one) => one.t)).toEqual([...whole.t]);
          expect(page.map((one) => one.value)).toEqual([...whole.value]);
          expect(page.length).toBeLessThanOrEqual(columns * 2 + 2);
          expect(page.map((one) => one.t)).toEqual(page.map((one) => one.t).sort((a, b) => a - b));
          if (points.count === 0) continue;
          expect(page[0]?.t).toBe(points.at('time', 0));
          expect(page.at(-1)).toEqual({ t, value: series.last });
          const numbers = [...series.points().value].filter((one) => !Number.isNaN(one));
          const shown = page.map((one) => one.value).filter((one) => !Number.isNaN(one));
          if (numbers.length > 0)
            expect([Math.min(...shown), Math.max(...shown)]).toEqual([
              Math.min(...numbers),
              Math.max(...numbers),
            ]);
        }
      }),
    );
  });

  test('is as fine as its width: of a long series there are at least as many points as half the columns', () => {
    const series = new Series();
    for (let i = 0; i < 10_000; i++) series.add(i, undefined, i % 2);
    const window = new GrowingWindow('time', 100);
    window.update(series.on('time'), 0);
    expect(window.since(series.on('time'), 0, 0).t.length).toBeGreaterThan(80);
  });

  test('begins anew where points were replaced', () => {
    const series = new Series();
    const window = new GrowingWindow('step', 10);
    for (let i = 0; i < 100; i++) series.add(i, i, i);
    window.update(series.on('step'), series.revision);
    const { generation } = window.held;
    series.add(200, 50, -7);
    window.update(series.on('step'), series.revision);
    expect(window.held.generation).not.toBe(generation);
    expect(Math.max(...window.since(series.on('step'), 0, 0).step)).toBe(50);
  });
});

describe('the spread of series that grow', () => {
  test('is what a look at every point of each column finds, whenever it is asked for', () => {
    fc.assert(
      fc.property(
        fc.array(chunks, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 20 }),
        (all, columns) => {
          const series = all.map(() => ({ series: new Series(), t: 0 }));
          const spread = new GrowingSpread('time', columns);
          for (let round = 0; round < 8; round++) {
            all.forEach((parts, i) => {
              const one = series[i];
              for (const [pause, number] of parts[round] ?? [])
                one?.series.add((one.t += pause), undefined, number);
            });
            spread.update(
              series.map((one) => one.series.on('time')),
              series.map(() => 0),
            );
            const { low, mean, high } = spread.lines();
            const places = low.t;
            expect(places.length).toBeLessThanOrEqual(columns);
            const points = series.flatMap((one) => {
              const { t, value: values } = one.series.points();
              return [...t]
                .map((at, i) => ({ at, value: values[i] ?? NaN }))
                .filter((p) => !Number.isNaN(p.value));
            });
            // The width of the grid is seen in its places: each is the middle of its column.
            const width = [...Array(30).keys()]
              .map((bits) => 2 ** bits)
              .find((size) =>
                points.every(({ at }) => [...places].includes((Math.floor(at / size) + 0.5) * size)),
              );
            if (points.length === 0) continue;
            expect(width).toBeDefined();
            [...places].forEach((place, i) => {
              const there = points.filter(
                ({ at }) => (Math.floor(at / (width ?? 1)) + 0.5) * (width ?? 1) === place,
              );
              const values = there.map((one) => one.value);
              expect(low.value[i]).toBe(Math.min(...values));
              expect(high.value[i]).toBe(Math.max(...values));
              expect(mean.value[i]).toBeCloseTo(values.reduce((sum, one) => sum + one, 0) / values.length);
            });
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
