import type { RunMetrics } from './runMetrics';

export interface MetricPoint {
  /** Unix milliseconds. */
  readonly t: number;
  readonly step: number | null;
  readonly node: number;
  readonly value: number;
  /** Only where several ranks of one node measured the same. */
  readonly rank?: number;
}

/** Everything a run measured, by name: what `trainyard metrics --json` prints. */
export function metricsDocument(run: RunMetrics): Readonly<Record<string, readonly MetricPoint[]>> {
  // Names are the job's own, `__proto__` included.
  const document = Object.create(null) as Record<string, MetricPoint[]>;
  const series = run.series();
  const shared = new Map<string, number>();
  for (const { key, node } of series) shared.set(`${node} ${key}`, (shared.get(`${node} ${key}`) ?? 0) + 1);
  for (const { key, node, rank } of series) {
    const points = (document[key] ??= []);
    const several = rank !== undefined && (shared.get(`${node} ${key}`) ?? 0) > 1;
    const { t, step, value } = run.read(key, node, 0, rank);
    t.forEach((at, i) => {
      const number = step[i] ?? NaN;
      points.push({
        t: at,
        step: Number.isNaN(number) ? null : number,
        node,
        value: value[i] ?? NaN,
        ...(several && { rank }),
      });
    });
  }
  return document;
}
