import { describe, expect, test } from 'vitest';
import { Series } from '../../../src/core/series/series';
import type { ChartRequest } from '../../../src/protocol/runPanel';
import { ChartMaker } from '../../../src/ui/panels/chartData';

const request: ChartRequest = {
  id: 'loss',
  node: null,
  axis: 'time',
  range: null,
  by: 'time',
  smoothing: 0,
  columns: 100,
  lines: 16,
  held: null,
};

function fed(count: number, value: (i: number) => number = (i) => i): Series {
  const series = new Series();
  for (let i = 0; i < count; i++) series.add(1000 + i * 10, i, value(i));
  return series;
}

const line = (series: Series, colour = 0, key = 'loss') => ({
  member: { key, label: `line ${colour}`, colour },
  series,
});

describe('what a chart is sent', () => {
  test('is all of a short run, and then only what is new', () => {
    const series = fed(50);
    const maker = new ChartMaker();
    const first = maker.data(request, [line(series)]);
    expect(first).toMatchObject({ from: [0], extent: [1000, 1490], final: false });
    expect(first.series[0]?.t).toHaveLength(50);
    series.add(5000, 50, 7);
    const second = maker.data({ ...request, held: first.held }, [line(series)]);
    expect(second.from).toEqual([50]);
    expect([...(second.series[0]?.value ?? [])]).toEqual([7]);
    expect(second.series[0]?.last).toBe(7);
  });

  test('is never more than its width can show of a long run, and then only what changed of that', () => {
    const all = [fed(100_000), fed(100_000)];
    const maker = new ChartMaker();
    const lines = all.map((series, i) => line(series, i));
    const first = maker.data(request, lines);
    for (const { t } of first.series) expect(t.length).toBeLessThanOrEqual(204);
    for (const series of all) series.add(1_001_000, 100_000, 5e5);
    const second = maker.data({ ...request, held: first.held }, lines);
    second.series.forEach(({ t, value }, i) => {
      expect(t.length).toBeLessThanOrEqual(3);
      expect(value.at(-1)).toBe(5e5);
      expect(second.from[i]).toBeGreaterThan(100);
    });
    // A page that holds something else gets all.
    expect(maker.data({ ...request, held: [9, 9, 1, 1] }, lines).from).toEqual([0, 0]);
  });

  test('is finer in a range, and final once all lines have gone on beyond it', () => {
    const series = fed(100_000);
    const range = [1000, 2000] as const;
    const data = new ChartMaker().data({ ...request, range }, [line(series)]);
    expect(data.series[0]?.t).toHaveLength(102);
    expect(data.final).toBe(true);
    expect(new ChartMaker().data({ ...request, range }, [line(series), line(fed(20), 1)]).final).toBe(false);
    expect(new ChartMaker().data({ ...request, range, axis: 'step' }, [line(series)]).final).toBe(false);
  });

  test('by step begins anew when a restart has replaced what the page holds', () => {
    const series = fed(50);
    const byStep = { ...request, axis: 'step', by: 'step' } as const;
    const maker = new ChartMaker();
    const first = maker.data(byStep, [line(series)]);
    series.add(9000, 40, -1);
    for (let step = 41; step < 60; step++) series.add(9000, step, -1);
    const second = maker.data({ ...byStep, held: first.held }, [line(series)]);
    expect(second.from).toEqual([0]);
    expect([...(second.series[0]?.step ?? [])]).toEqual(Array.from({ length: 60 }, (_, i) => i));
    expect(second.extent).toEqual([0, 59]);
  });

  test('of more lines than can be told apart is their spread, by step and in a range of time as well', () => {
    const lines = Array.from({ length: 20 }, (_, i) =>
      line(
        fed(100, () => i),
        i,
      ),
    );
    const data = new ChartMaker().data(request, lines);
    expect(data.spread).toBe(true);
    expect(data.series.map(({ label, last }) => [label, last])).toEqual([
      ['highest', 19],
      ['mean', 9.5],
      ['lowest', 0],
    ]);
    const part = new ChartMaker().data({ ...request, axis: 'step', range: [1100, 1190] }, lines);
    const steps = part.series[0]?.step ?? new Float64Array();
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...steps)).toBeLessThanOrEqual(19);
  });

  test('carries averages only of what is not whole: the page makes those of a short run itself', () => {
    expect(
      new ChartMaker().data({ ...request, smoothing: 0.5 }, [line(fed(50))]).series[0],
    ).not.toHaveProperty('smooth');
    const long = new ChartMaker().data({ ...request, smoothing: 0.5 }, [line(fed(100_000))]).series[0];
    expect(long?.smooth).toHaveLength(long?.t.length ?? -1);
  });

  test('of no lines is nothing', () => {
    expect(new ChartMaker().data(request, [])).toMatchObject({ series: [], extent: null, from: [] });
  });
});

describe('where nobody measured', () => {
  const hour = 3_600_000;
  const every = (period: number, count: number) => {
    const series = new Series();
    for (let i = 0; i < count; i++) series.add(i * period, undefined, i % 7);
    // Away for an hour, and there again.
    for (let i = 0; i < count; i++) series.add(count * period + hour + i * period, undefined, i % 7);
    return series;
  };
  /** Neighbours that are not joined. */
  const breaks = ({ t, gap = Infinity }: { t: Float64Array; gap?: number }) =>
    [...t].flatMap((time, i) => (i > 0 && time - (t[i - 1] ?? 0) > gap ? [time - (t[i - 1] ?? 0)] : []));
  const gpu = (series: Series) => [line(series, 0, 'gpu.0.util')];

  test.each([
    ['a short one that is sent whole', 2000, 100, {}],
    ['a slow platform’s', 60_000, 100, {}],
    ['a long one, by what can be seen of it', 2000, 50_000, {}],
    ['a part of a long one', 2000, 50_000, { range: [90_000_000, 110_000_000] as const }],
    ['the spread of many', 2000, 300, { lines: 0 }],
  ])('a line is broken once: %s', (_, period, count, view) => {
    const data = new ChartMaker().data({ ...request, ...view }, gpu(every(period, count)));
    for (const one of data.series) {
      expect(one.gap).toBeGreaterThanOrEqual(3 * period);
      expect(breaks(one)).toHaveLength(1);
    }
  });

  test('a late sample breaks nothing, nor does one that stands for a column of pixels', () => {
    const series = new Series();
    for (let i = 0; i < 20_000; i++) series.add(i * 2000 + (i % 50 === 0 ? 1900 : 0), undefined, 5);
    for (const columns of [7, 100, 999]) {
      const [one] = new ChartMaker().data({ ...request, columns }, gpu(series)).series;
      expect(one && breaks(one)).toEqual([]);
    }
  });

  test('training, which has no period, stays one line; and so does everything by step', () => {
    const data = new ChartMaker().data(request, [line(every(2000, 100))]);
    expect(data.series[0]).not.toHaveProperty('gap');
    const byStep = { ...request, axis: 'step', by: 'step' } as const;
    const series = new ChartMaker().data(byStep, gpu(fed(50))).series;
    expect(series[0]).not.toHaveProperty('gap');
  });
});
