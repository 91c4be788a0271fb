import type { GpuLoadValue, GpuValues } from './machineLoad';

/** One row of `nvidia-smi --query-gpu`, as far as it can be read. */
export interface NvidiaRow {
  readonly index: number;
  readonly uuid?: string;
  readonly name?: string;
  readonly driver?: string;
  readonly busy?: boolean;
  readonly values: GpuValues;
}

/** One row of `nvidia-smi --query-compute-apps=gpu_uuid,pid,process_name,used_memory`. */
export interface NvidiaApp {
  /** Under MIG the uuid of the GPU that holds the instance. */
  readonly uuid: string;
  readonly pid: number;
  /** What the driver calls the program; its words where it does not know are left out. */
  readonly name?: string;
  readonly memUsed?: number;
}

const MiB = 1_048_576;

/** Longest name that is kept, in characters. */
const longestName = 200;

const measured: Readonly<Record<string, readonly [value: GpuLoadValue, unit: number]>> = {
  'utilization.gpu': ['util', 1],
  'utilization.memory': ['memUtil', 1],
  'memory.used': ['memUsed', MiB],
  'memory.total': ['memTotal', MiB],
  'temperature.gpu': ['temp', 1],
  'power.draw': ['power', 1],
  'power.limit': ['powerLimit', 1],
};

/**
 * Reads a row with the fields that were asked for, in their order; `undefined` for a line that is no row, such as
 * `Unable to determine the device handle for GPU …`. A name may hold commas, so fields behind it count from the end.
 */
export function parseGpuRow(fields: readonly string[], line: string): NvidiaRow | undefined {
  const cells = namedCells(fields, line, 'name');
  const index = wholeNumber(cells?.get('index'));
  if (!cells || index === undefined || index > 1023) return undefined;
  const values: GpuValues = {};
  for (const [field, [value, unit]] of Object.entries(measured)) {
    const number = plainNumber(cells.get(field));
    if (number !== undefined) values[value] = number * unit;
  }
  const uuid = known(cells.get('uuid'));
  const name = known(cells.get('name'));
  const driver = known(cells.get('driver_version'));
  const idle = cells.get('clocks_event_reasons.gpu_idle') ?? cells.get('clocks_throttle_reasons.gpu_idle');
  return {
    index,
    values,
    ...(uuid !== undefined && { uuid }),
    ...(name !== undefined && { name }),
    ...(driver !== undefined && { driver }),
    ...(idle === 'Active' && { busy: false }),
    ...(idle === 'Not Active' && { busy: true }),
  };
}

const appFields = ['gpu_uuid', 'pid', 'process_name', 'used_memory'];

/** `undefined` for a line that is no row. */
export function parseComputeApp(line: string): NvidiaApp | undefined {
  const cells = namedCells(appFields, line, 'process_name');
  const uuid = known(cells?.get('gpu_uuid'));
  const pid = wholeNumber(cells?.get('pid'));
  if (!cells || uuid === undefined || pid === undefined || pid === 0) return undefined;
  const name = known(cells.get('process_name'));
  const memory = plainNumber(cells.get('used_memory'));
  return {
    uuid,
    pid,
    ...(name !== undefined && { name }),
    ...(memory !== undefined && { memUsed: memory * MiB }),
  };
}

/** A line of `nvidia-smi -L`: a GPU, or one of the MIG instances of the GPU before it. */
export type ListedGpu =
  | { readonly kind: 'gpu'; readonly index: number; readonly name: string; readonly uuid: string }
  | { readonly kind: 'instance'; readonly profile: string; readonly uuid: string };

export function parseListed(line: string): ListedGpu | undefined {
  const gpu = /^GPU (\d{1,4}): (.{1,200}) \(UUID: ([\w-]{1,100})\)\s*$/.exec(line);
  if (gpu) return { kind: 'gpu', index: Number(gpu[1]), name: gpu[2] ?? '', uuid: gpu[3] ?? '' };
  const instance = /^\s+MIG (\S{1,40})\s+Device\s+\d+: \(UUID: ([\w/-]{1,120})\)\s*$/.exec(line);
  return instance ? { kind: 'instance', profile: instance[1] ?? '', uuid: instance[2] ?? '' } : undefined;
}

/** A number as nvidia-smi writes it; `undefined` for `[N/A]`, `-`, `[Unknown Error]` and whatever else it may say. */
export function plainNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}(\.\d{1,6})?$/.test(text) ? Number(text) : undefined;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** What is no value is said in brackets, or as a dash by some columns. */
function known(text: string | undefined): string | undefined {
  if (text === undefined || text === '' || text === '-' || text === 'N/A' || text.startsWith('['))
    return undefined;
  return text.slice(0, longestName);
}

/** Cells by their fields. `free` is the one that may hold commas itself. */
function namedCells(
  fields: readonly string[],
  line: string,
  free: string,
): ReadonlyMap<string, string> | undefined {
  const cells = line.trim().split(/, ?/);
  const more = cells.length - fields.length;
  const at = fields.indexOf(free);
  if (more < 0 || (more > 0 && at < 0)) return undefined;
  const joined =
    more > 0
      ? [...cells.slice(0, at), cells.slice(at, at + more + 1).join(', '), ...cells.slice(at + more + 1)]
      : cells;
  return new Map(fields.map((field, index) => [field, (joined[index] ?? '').trim()]));
}
