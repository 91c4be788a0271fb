import { mostChecked } from '../../../protocol/comparePanel';
import type { OverlayRequest } from '../../../protocol/comparePanel';
import { checkedJobId, checkedTimes, list, oneOf, record, whole, words } from '../checks';

/** What the page that compares jobs sends; see `checks.ts`. */
export function checkedSince(value: unknown): number {
  return whole(record(value, 'request').since, -1, 2 ** 52, 'revision');
}

export function checkedStar(value: unknown): { id: string; starred: boolean } {
  const { id, starred } = record(value, 'star');
  if (typeof starred !== 'boolean') throw new Error('The panel sent something that is no star.');
  return { id: checkedJobId(id), starred };
}

export function checkedRuns(value: unknown): readonly string[] {
  return list(value, mostChecked).map(checkedJobId);
}

export function checkedPair(value: unknown): { a: string; b: string } {
  const { a, b } = record(value, 'pair of runs');
  return { a: checkedJobId(a), b: checkedJobId(b) };
}

export function checkedOverlay(value: unknown): OverlayRequest {
  const { metric, runs, axis, range, columns } = record(value, 'chart request');
  return {
    metric: words(metric, 1000, 'metric'),
    runs: checkedRuns(runs),
    axis: oneOf(['time', 'step'] as const, axis, 'axis'),
    range: range === null ? null : checkedTimes(range),
    columns: whole(columns, 1, 8192, 'columns'),
  };
}

export function checkedExport(value: unknown): { columns: readonly string[]; rows: readonly string[] } {
  const { columns, rows } = record(value, 'export');
  return {
    columns: list(columns, 10_000).map((column) => words(column, 2000, 'column')),
    rows: list(rows, 1_000_000).map(checkedJobId),
  };
}
