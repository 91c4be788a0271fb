/**
 * What the launcher and the training script say to the editor, each in one line of `##trainyard ` and a JSON object.
 * A value that could not be read is left out, never 0. `t` is unix milliseconds; a script's own lines may leave `t`,
 * `node` and `v` out.
 */
export type TelemetryRecord = PhaseRecord | HostRecord | GpuRecord | MetricRecord | GuardRecord | ExitRecord;

interface Common {
  readonly t?: number;
  readonly node?: number;
}

/** `setup`, `run`, `collect`, or a word of the script's own such as `epoch 3`; without `state` it is a moment. */
export interface PhaseRecord extends Common {
  readonly kind: 'phase';
  readonly phase: string;
  readonly state?: 'start' | 'end';
  /** What a `checkpoint` wrote. */
  readonly path?: string;
  /** Bytes in the node's log then; where the launcher says that a phase ended. */
  readonly logBytes?: number;
}

/** Shares in percent, sizes in bytes, rates in bytes per second. */
export interface HostRecord extends Common {
  readonly kind: 'host';
  readonly values: Readonly<Partial<Record<HostValue, number>>>;
  /** Percent of each core. */
  readonly cores: readonly number[];
  /** Bytes in the node's log at `t`. */
  readonly logBytes?: number;
}

/** Shares in percent, sizes in bytes, °C and watts. */
export interface GpuRecord extends Common {
  readonly kind: 'gpu';
  readonly gpu: number;
  /** Where the platform has no values of each: of how many GPUs these are the mean. */
  readonly of?: number;
  readonly uuid?: string;
  readonly name?: string;
  readonly values: Readonly<Partial<Record<GpuValue, number>>>;
}

export interface MetricRecord extends Common {
  readonly kind: 'metric';
  readonly metrics: readonly (readonly [name: string, value: number])[];
  /** `step`, or `epoch` where the record has no step. */
  readonly step?: number;
  readonly rank?: number;
}

export interface GuardRecord extends Common {
  readonly kind: 'guard';
  readonly rule: string;
  readonly action: 'warn' | 'stop';
  readonly reason: string;
}

/** How the node ended; also the one line of its `exit` file. */
export interface ExitRecord extends Common {
  readonly kind: 'exit';
  readonly code?: number;
  readonly signal?: string;
  readonly reason: string;
  readonly phaseAt?: string;
  readonly reasonKind?: string;
}

export const hostValues = [
  'cpu',
  'iowait',
  'memUsed',
  'memTotal',
  'diskRead',
  'diskWrite',
  'netIn',
  'netOut',
  'diskFree',
  // Shares of all there is, where sizes are not known.
  'memUse',
  'diskUse',
] as const;
export type HostValue = (typeof hostValues)[number];

export const gpuValues = ['util', 'memUtil', 'memUsed', 'memTotal', 'temp', 'power', 'powerLimit'] as const;
export type GpuValue = (typeof gpuValues)[number];

export const telemetryPrefix = '##trainyard ';

/** Longest line that is read as telemetry, in characters; a machine with 1,024 cores stays far below. */
export const longestTelemetryLine = 16_384;

/** Names are shown in legends and used as keys. */
export const longestName = 200;
const longestText = 2000;
const mostMetrics = 500;
const mostCores = 4096;
/** Year 2100: a later time is a mistake or malice, and would squeeze every chart. */
const latestTime = 4_102_444_800_000;
/** Keeps sums and squares of values finite. */
const largestValue = 1e150;

/** The record of one line (without its newline), or `undefined` for any line that is not wholly one. Never throws. */
export function parseTelemetry(line: string): TelemetryRecord | undefined {
  if (!line.startsWith(telemetryPrefix) || line.length > longestTelemetryLine) return undefined;
  return parseRecord(line.slice(telemetryPrefix.length));
}

/** The record of a bare JSON object, such as the `exit` file's. */
export function parseRecord(json: string): TelemetryRecord | undefined {
  if (json.length > longestTelemetryLine) return undefined;
  const value = parseObject(json);
  if (!value) return undefined;
  try {
    if (value('v') !== undefined && value('v') !== 1) return undefined;
    const kind = value('kind');
    return typeof kind === 'string' && Object.hasOwn(readers, kind)
      ? readers[kind as Kind](value)
      : undefined;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** Whether `value` can be a point of a series. */
export function isMeasurement(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= largestValue;
}

type Kind = TelemetryRecord['kind'];
/** A field's value; absent and `null` are both `undefined`. Own properties only, so `__proto__` means nothing. */
type Fields = (key: string) => unknown;

class Malformed extends Error {}

const readers: Record<Kind, (fields: Fields) => TelemetryRecord> = {
  phase: (fields) => {
    const state = oneOf(fields('state'), ['start', 'end']);
    const path = text(fields('path'), longestText);
    const logBytes = integer(fields('logBytes'));
    return {
      ...common(fields),
      kind: 'phase',
      phase: required(text(fields('phase'), longestName)),
      ...(state !== undefined && { state }),
      ...(path !== undefined && { path }),
      ...(logBytes !== undefined && { logBytes }),
    };
  },
  host: (fields) => {
    const cores = fields('cores') ?? [];
    if (!Array.isArray(cores) || cores.length > mostCores || !cores.every(isMeasurement))
      throw new Malformed();
    const logBytes = integer(fields('logBytes'));
    return {
      ...common(fields),
      kind: 'host',
      values: measurements(fields, hostValues),
      cores,
      ...(logBytes !== undefined && { logBytes }),
    };
  },
  gpu: (fields) => {
    const uuid = text(fields('uuid'), longestName);
    const name = text(fields('name'), longestName);
    const gpu = required(integer(fields('gpu')));
    const of = integer(fields('of'));
    if (gpu > 1023 || (of !== undefined && (of < 2 || of > 1024))) throw new Malformed();
    return {
      ...common(fields),
      kind: 'gpu',
      gpu,
      ...(of !== undefined && { of }),
      values: measurements(fields, gpuValues),
      ...(uuid !== undefined && { uuid }),
      ...(name !== undefined && { name }),
    };
  },
  metric: (fields) => {
    const step = number(fields('step')) ?? number(fields('epoch'));
    const rank = integer(fields('rank'));
    return {
      ...common(fields),
      kind: 'metric',
      metrics: metricPairs(fields),
      ...(step !== undefined && { step }),
      ...(rank !== undefined && { rank }),
    };
  },
  guard: (fields) => ({
    ...common(fields),
    kind: 'guard',
    rule: required(text(fields('rule'), longestName)),
    action: required(oneOf(fields('action'), ['warn', 'stop'])),
    reason: required(text(fields('reason'), longestText)),
  }),
  exit: (fields) => {
    const code = integer(fields('code'));
    const signal = text(fields('signal'), longestName);
    const phaseAt = text(fields('phaseAt'), longestName);
    const reasonKind = text(fields('reasonKind'), longestName);
    return {
      ...common(fields),
      kind: 'exit',
      reason: required(text(fields('reason'), longestText)),
      ...(code !== undefined && { code }),
      ...(signal !== undefined && { signal }),
      ...(phaseAt !== undefined && { phaseAt }),
      ...(reasonKind !== undefined && { reasonKind }),
    };
  },
};

function parseObject(json: string): Fields | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const object = parsed as Record<string, unknown>;
  return (key) => (Object.hasOwn(object, key) ? (object[key] ?? undefined) : undefined);
}

function common(fields: Fields): Common {
  const t = number(fields('t'));
  const node = integer(fields('node'));
  if (t !== undefined && (t < 0 || t > latestTime)) throw new Malformed();
  return { ...(t !== undefined && { t }), ...(node !== undefined && { node }) };
}

function measurements<K extends string>(fields: Fields, keys: readonly K[]): Partial<Record<K, number>> {
  const values: Partial<Record<K, number>> = {};
  for (const key of keys) {
    const value = number(fields(key));
    if (value !== undefined) values[key] = value;
  }
  return values;
}

function metricPairs(fields: Fields): readonly (readonly [string, number])[] {
  const many = fields('metrics');
  if (many === undefined) {
    return [[required(text(fields('name'), longestName)), required(number(fields('value')))]];
  }
  if (typeof many !== 'object' || many === null || Array.isArray(many)) throw new Malformed();
  const pairs = Object.entries(many).map(
    ([name, value]) => [required(text(name, longestName)), required(number(value))] as const,
  );
  if (pairs.length === 0 || pairs.length > mostMetrics) throw new Malformed();
  return pairs;
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Malformed();
  return value;
}

function number(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (!isMeasurement(value)) throw new Malformed();
  return value;
}

function integer(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Malformed();
  return value as number;
}

function text(value: unknown, longest: number): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '' || value.length > longest) throw new Malformed();
  return value;
}

function oneOf<T extends string>(value: unknown, words: readonly T[]): T | undefined {
  if (value === undefined) return undefined;
  if (!words.includes(value as T)) throw new Malformed();
  return value as T;
}
