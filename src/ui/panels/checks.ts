import { isJobId } from '../../services/jobId';
import { maxWindowRows, runActions } from '../../protocol/runPanel';
import type { ChartRequest, LineId, LogView, RunAction } from '../../protocol/runPanel';

/**
 * What a page sends is checked before it is used: a page draws what jobs wrote, so it is not trusted. Each returns the
 * value rebuilt from its parts, or throws.
 */
export function checkedAction(value: unknown): RunAction {
  return oneOf(runActions, value, 'action');
}

export function checkedJobId(value: unknown): string {
  return typeof value === 'string' && isJobId(value) ? value : refuse('job id');
}

export function checkedIndex(value: unknown): number {
  return whole(value, 0, 2 ** 32, 'index');
}

export function checkedLine(value: unknown): LineId {
  const { node, number } = record(value, 'line');
  return { node: whole(node, 0, 1e6, 'node'), number: whole(number, 0, 2 ** 32, 'line number') };
}

export function checkedView(value: unknown): LogView {
  const { node, telemetry } = record(value, 'log view');
  if (typeof telemetry !== 'boolean') return refuse('log view');
  return { node: node === null ? null : whole(node, 0, 1e6, 'node'), telemetry };
}

export function checkedLogRequest(value: unknown): { view: LogView; from: number; count: number } {
  const { view, from, count } = record(value, 'log request');
  return {
    view: checkedView(view),
    from: whole(from, -maxWindowRows, 2 ** 40, 'row'),
    count: whole(count, 0, maxWindowRows, 'row count'),
  };
}

export function checkedFindRequest(value: unknown): { view: LogView; line: LineId } {
  const { view, line } = record(value, 'request');
  return { view: checkedView(view), line: checkedLine(line) };
}

export function checkedChartRequest(value: unknown): ChartRequest {
  const { id, node, range, columns, lines, held } = record(value, 'chart request');
  return {
    id: words(id, 1000, 'chart'),
    node: node === null ? null : whole(node, 0, 1e6, 'node'),
    range: range === null ? null : checkedRange(range),
    columns: whole(columns, 1, 8192, 'columns'),
    lines: whole(lines, 1, 64, 'line count'),
    held: held === null ? null : list(held, 10_000).map((count) => whole(count, 0, 2 ** 40, 'count')),
  };
}

export function checkedOutput(value: unknown): { name: string; path: string } {
  const { name, path } = record(value, 'output');
  return { name: words(name, 1000, 'output'), path: words(path, 4096, 'path') };
}

export function checkedRange(value: unknown): [number, number] {
  const [from, to] = list(value, 2);
  if (
    typeof from === 'number' &&
    typeof to === 'number' &&
    Number.isFinite(from) &&
    Number.isFinite(to) &&
    from <= to
  ) {
    return [from, to];
  }
  return refuse('range');
}

export function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  return refuse(what);
}

export function list(value: unknown, most: number): unknown[] {
  return Array.isArray(value) && value.length <= most ? (value as unknown[]) : refuse('list');
}

export function whole(value: unknown, least: number, most: number, what: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  return refuse(what);
}

export function words(value: unknown, most: number, what: string): string {
  return typeof value === 'string' && value.length > 0 && value.length <= most ? value : refuse(what);
}

export function oneOf<T extends string>(all: readonly T[], value: unknown, what: string): T {
  return all.find((one) => one === value) ?? refuse(what);
}

function refuse(what: string): never {
  throw new Error(`The panel sent something that is no ${what}.`);
}
