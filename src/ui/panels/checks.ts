import { isJobId } from '../../services/jobs/jobId';
import { largestRank, logLevels } from '../../core/lineClass';
import { longestQuery } from '../../core/logQuery';
import { runActions } from '../../protocol/runPanel';
import { maxWindowRows, mostStripParts } from '../../protocol/runLog';
import type { ChartRequest, RunAction } from '../../protocol/runPanel';
import type { LineId, LogRange, LogTarget, LogView, SearchRequest } from '../../protocol/runLog';

const axes = ['time', 'step'] as const;

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
  const { node, telemetry, level, rank, stream } = record(value, 'log view');
  if (typeof telemetry !== 'boolean') return refuse('log view');
  return {
    node: orNull(node, (one) => whole(one, 0, 1e6, 'node')),
    telemetry,
    level: oneOf(logLevels, level, 'level'),
    rank: orNull(rank, (one) => whole(one, 0, largestRank, 'rank')),
    stream: orNull(stream, (one) => oneOf(['setup', 'run'] as const, one, 'stream')),
  };
}

export function checkedLogRequest(value: unknown): { view: LogView; from: number; count: number } {
  const { view, from, count } = record(value, 'log request');
  return {
    view: checkedView(view),
    from: whole(from, -maxWindowRows, 2 ** 40, 'row'),
    count: whole(count, 0, maxWindowRows, 'row count'),
  };
}

export function checkedFindRequest(value: unknown): { view: LogView; target: LogTarget } {
  const { view, target } = record(value, 'request');
  const { kind, line, t } = record(target, 'place in a log');
  const checked: LogTarget =
    kind === 'time' ? { kind, t: whole(t, 0, 2 ** 48, 'time') } : { kind: 'line', line: checkedLine(line) };
  return { view: checkedView(view), target: checked };
}

export function checkedRows(value: unknown): LogRange {
  const { view, from, to } = record(value, 'range');
  const first = whole(from, 0, 2 ** 40, 'row');
  return { view: checkedView(view), from: first, to: whole(to, first, 2 ** 40, 'row') };
}

export function checkedSearch(value: unknown): SearchRequest {
  const { view, query } = record(value, 'search');
  return {
    view: checkedView(view),
    query: orNull(query, (one) => {
      const { text, regex, caseSensitive } = record(one, 'query');
      if (typeof regex !== 'boolean' || typeof caseSensitive !== 'boolean') return refuse('query');
      return { text: words(text, longestQuery, 'query'), regex, caseSensitive };
    }),
  };
}

export function checkedHitRequest(value: unknown): { view: LogView; row: number; back: boolean } {
  const { view, row, back } = record(value, 'request');
  if (typeof back !== 'boolean') return refuse('direction');
  return { view: checkedView(view), row: whole(row, -1, 2 ** 40, 'row'), back };
}

export function checkedMarksRequest(value: unknown): { view: LogView; parts: number } {
  const { view, parts } = record(value, 'request');
  return { view: checkedView(view), parts: whole(parts, 1, mostStripParts, 'number of parts') };
}

export function checkedNode(value: unknown): { node: number | null } {
  const { node } = record(value, 'request');
  return { node: orNull(node, (one) => whole(one, 0, 1e6, 'node')) };
}

export function checkedChartRequest(value: unknown): ChartRequest {
  const { id, node, axis, range, by, smoothing, columns, lines, held } = record(value, 'chart request');
  return {
    id: words(id, 1000, 'chart'),
    node: node === null ? null : whole(node, 0, 1e6, 'node'),
    axis: oneOf(axes, axis, 'axis'),
    range: range === null ? null : checkedTimes(range),
    by: oneOf(axes, by, 'axis'),
    smoothing: checkedWeight(smoothing),
    columns: whole(columns, 1, 8192, 'columns'),
    lines: whole(lines, 1, 64, 'line count'),
    held:
      held === null ? null : list(held, 10_000).map((count) => whole(count, -(2 ** 40), 2 ** 40, 'count')),
  };
}

export function checkedOutputName(value: unknown): { name: string } {
  return { name: words(record(value, 'output').name, 1000, 'output') };
}

export function checkedOutput(value: unknown): { name: string; path: string } {
  const { name, path } = record(value, 'output');
  return { name: words(name, 1000, 'output'), path: words(path, 4096, 'path') };
}

function checkedWeight(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value <= 0.999 ? value : refuse('smoothing');
}

export function checkedTimes(value: unknown): [number, number] {
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

function orNull<T>(value: unknown, check: (value: unknown) => T): T | null {
  return value === null ? null : check(value);
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
