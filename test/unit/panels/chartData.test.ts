import { describe, expect, test } from 'vitest';
import { Series } from '../../../src/core/series';
import type { ChartRequest } from '../../../src/protocol/runPanel';
import { chartData } from '../../../src/ui/panels/chartData';

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

const line = (series: Series, colour = 0) => ({ member: { label: `line ${colour}`, colour }, series });

describe('what a chart is sent', () => {
  test('is all of a short run, and then only what is new', () => {
    const series = fed(50);
    const first = chartData(request, [line(series)]);
    expect(first).toMatchObject({ append: false, extent: [1000, 1490], final: false });
    expect(first.series[0]?.t).toHaveLength(50);
    series.add(5000, 50, 7);
    const second = chartData({ ...request, held: first.held }, [line(series)]);
    expect(second.append).toBe(true);
    expect([...(second.series[0]?.value ?? [])]).toEqual([7]);
    expect(second.series[0]?.last).toBe(7);
  });

  test('is never more than its width can show of a long run, and nothing of it is held', () => {
    const data = chartData(request, [line(fed(100_000)), line(fed(100_000), 1)]);
    expect(data.held).toEqual([]);
    for (const { t } of data.series) expect(t.length).toBeLessThanOrEqual(204);
  });

  test('is finer in a range, and final once all lines have gone on beyond it', () => {
    const series = fed(100_000);
    const range = [1000, 2000] as const;
    const data = chartData({ ...request, range }, [line(series)]);
    expect(data.series[0]?.t).toHaveLength(102);
    expect(data.final).toBe(true);
    expect(chartData({ ...request, range }, [line(series), line(fed(20), 1)]).final).toBe(false);
    expect(chartData({ ...request, range, axis: 'step' }, [line(series)]).final).toBe(false);
  });

  test('by step begins anew when a restart has replaced what the page holds', () => {
    const series = fed(50);
    const byStep = { ...request, axis: 'step', by: 'step' } as const;
    const first = chartData(byStep, [line(series)]);
    series.add(9000, 40, -1);
    for (let step = 41; step < 60; step++) series.add(9000, step, -1);
    const second = chartData({ ...byStep, held: first.held }, [line(series)]);
    expect(second.append).toBe(false);
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
    const data = chartData(request, lines);
    expect(data.spread).toBe(true);
    expect(data.series.map(({ label, last }) => [label, last])).toEqual([
      ['highest', 19],
      ['mean', 9.5],
      ['lowest', 0],
    ]);
    const part = chartData({ ...request, axis: 'step', range: [1100, 1190] }, lines);
    const steps = part.series[0]?.step ?? new Float64Array();
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...steps)).toBeLessThanOrEqual(19);
  });

  test('carries averages only of what is not whole: the page makes those of a short run itself', () => {
    expect(chartData({ ...request, smoothing: 0.5 }, [line(fed(50))]).series[0]).not.toHaveProperty('smooth');
    const long = chartData({ ...request, smoothing: 0.5 }, [line(fed(100_000))]).series[0];
    expect(long?.smooth).toHaveLength(long?.t.length ?? -1);
  });

  test('of no lines is nothing', () => {
    expect(chartData(request, [])).toMatchObject({ series: [], extent: null, append: false });
  });
});
