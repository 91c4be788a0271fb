import { isMeasurement, longestName, type MetricRecord } from './telemetry';

/** Longest line that is read as JSON, in characters. */
export const longestJsonLine = 16_384;
const mostMetrics = 500;

/** The first of these that a line has is its step, and none of them is a metric. */
const stepKeys = ['step', 'global_step', 'iteration', 'iter', 'epoch'];

/** Numbers of log records that measure nothing of the training. */
const notMetrics = new Set([
  ...stepKeys,
  ...['time', 'timestamp', 'ts', 't', 'date', 'datetime', 'asctime', 'created', 'msecs', 'relativecreated'],
  ...['pid', 'tid', 'process', 'thread', 'level', 'levelno', 'line', 'lineno', 'v', 'version', 'seed'],
  ...['node', 'rank', 'local_rank', 'global_rank', 'world_size'],
]);

/**
 * Metrics of a line that is one flat JSON object, or a `dict` as Python's `print` shows it (Hugging Face's Trainer logs
 * so): every finite number but steps, times, ids and levels. `undefined` for any other line. Never throws.
 */
export function parseMetricLine(line: string): MetricRecord | undefined {
  const text = line.trim();
  if (!text.startsWith('{') || !text.endsWith('}') || text.length > longestJsonLine) return undefined;
  const object = flatObject(text);
  if (!object) return undefined;
  const metrics: [string, number][] = [];
  for (const [name, value] of Object.entries(object)) {
    if (!isMeasurement(value) || name === '' || name.length > longestName) continue;
    if (notMetrics.has(name.toLowerCase())) continue;
    metrics.push([name, value]);
    if (metrics.length === mostMetrics) break;
  }
  if (metrics.length === 0) return undefined;
  const step = stepKeys.map((key) => own(object, key)).find(isMeasurement);
  const rank = [own(object, 'rank'), own(object, 'global_rank')].find(isRank);
  return {
    kind: 'metric',
    metrics,
    ...(step !== undefined && { step }),
    ...(rank !== undefined && { rank }),
  };
}

function flatObject(text: string): Record<string, unknown> | undefined {
  // Python's json writes NaN and Infinity bare, which JSON.parse refuses: the line's other values still count.
  return (
    parse(text) ??
    parse(text.replace(/(:\s*)-?(?:NaN|Infinity)(?=\s*[,}])/g, '$1null')) ??
    (text.startsWith("{'") ? parse(fromPython(text)) : undefined)
  );
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Right for dicts of plain names, numbers and words; of others comes no JSON, and so no metric. */
function fromPython(text: string): string {
  return text.replaceAll("'", '"').replace(/(:\s*)(?:-?(?:nan|inf)|True|False|None)(?=\s*[,}])/g, '$1null');
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isRank(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
