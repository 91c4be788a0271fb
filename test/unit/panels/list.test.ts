import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RowPages, pageRows } from '../../../webviews/shared/rowPages';
import { ScrollMap, tallest } from '../../../webviews/shared/scrollMap';

describe('the scroll bar of a long list', () => {
  test('is the browser’s own while the list can be laid out', () => {
    const map = new ScrollMap(1000, 20, 400);
    expect(map.scaled).toBe(false);
    expect(map.height).toBe(20_000);
    expect(map.topAt(2000)).toBe(100);
    expect(map.windowAt(100)).toEqual({ first: 88, end: 132, y: 88 * 20 });
  });

  test('reaches the first and the last of ten million rows', () => {
    const map = new ScrollMap(10_000_000, 20, 600);
    expect(map.height).toBe(tallest);
    expect(map.topAt(0)).toBe(0);
    expect(map.topAt(map.height - 600)).toBe(10_000_000 - 30);
    const { end, y, first } = map.windowAt(map.lastTop);
    expect(end).toBe(10_000_000);
    // The last row stands at the very end of what can be scrolled to.
    expect(y + (end - first) * 20).toBeCloseTo(tallest, 3);
  });

  test('leads back to the row that it was set for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000_000 }),
        fc.integer({ min: 10, max: 2000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rows, view, share) => {
          const map = new ScrollMap(rows, 18, view);
          const top = share * map.lastTop;
          expect(Math.abs(map.topAt(map.scrollFor(top)) - top)).toBeLessThan(0.01);
          const { first, end } = map.windowAt(top);
          expect(first).toBeLessThanOrEqual(top);
          expect(end).toBeGreaterThanOrEqual(Math.min(rows, Math.floor(top + view / 18)));
          expect(end - first).toBeLessThan(view / 18 + 30);
        },
      ),
    );
  });

  test('of a list that fits has nothing to scroll', () => {
    const map = new ScrollMap(3, 20, 400);
    expect(map.topAt(50)).toBe(0);
    expect(map.windowAt(7)).toEqual({ first: 0, end: 3, y: 0 });
    expect(new ScrollMap(0, 20, 400).windowAt(0)).toEqual({ first: 0, end: 0, y: 0 });
  });
});

describe('the rows at hand', () => {
  const page = (length: number) => Array.from({ length }, (_, i) => i);

  test('are asked for where they are seen, then around', () => {
    const pages = new RowPages<number>();
    expect(pages.missing(450, 490, 10_000)).toEqual([2, 3, 1]);
    expect(pages.missing(390, 410, 10_000)).toEqual([1, 2, 3, 0]);
    expect(pages.missing(0, 30, 100)).toEqual([0]);
    expect(pages.missing(0, 0, 0)).toEqual([]);
  });

  test('are not asked for twice', () => {
    const pages = new RowPages<number>();
    pages.put(0, page(2 * pageRows));
    expect(pages.missing(0, 30, 2 * pageRows)).toEqual([]);
    expect(pages.row(pageRows + 7)).toBe(pageRows + 7);
  });

  test('of the last page are asked for again when the list grew, and stay in sight until then', () => {
    const pages = new RowPages<number>();
    pages.put(0, page(pageRows));
    pages.put(pageRows, page(50));
    pages.grown(pageRows + 50);
    expect(pages.missing(pageRows, pageRows + 20, pageRows + 60)).toEqual([1]);
    expect(pages.row(pageRows + 49)).toBe(49);
    pages.put(pageRows, page(60));
    expect(pages.missing(pageRows, pageRows + 20, pageRows + 60)).toEqual([]);
  });

  test('go on where they end, over the edge of a page', () => {
    const pages = new RowPages<number>();
    pages.put(0, page(150));
    pages.put(
      149,
      Array.from({ length: 100 }, (_, i) => 1000 + i),
    );
    expect([148, 149, 199, 200, 248, 249].map((row) => pages.row(row))).toEqual([
      148,
      1000,
      1050,
      1051,
      1099,
      undefined,
    ]);
    expect(pages.missing(0, 240, 249)).toEqual([]);
  });

  test('with a gap before them are not taken, as they would stand in the wrong place', () => {
    const pages = new RowPages<number>();
    pages.put(0, page(10));
    pages.put(20, page(5));
    expect(pages.row(20)).toBeUndefined();
    expect(pages.row(10)).toBeUndefined();
  });

  test('that were not seen for long are let go', () => {
    const pages = new RowPages<number>();
    for (let number = 0; number < 100; number++) pages.put(number * pageRows, page(pageRows));
    expect(pages.row(0)).toBeUndefined();
    expect(pages.row(99 * pageRows)).toBe(0);
  });
});
