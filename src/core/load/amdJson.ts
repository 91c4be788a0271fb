import type { GpuValues } from './machineLoad';
import { plainNumber, type NvidiaRow } from './nvidiaRows';

/** What an AMD tool tells of a GPU. Its numbers are strings, and its keys change from card to card and version to version. */
export type AmdRow = Omit<NvidiaRow, 'busy' | 'driver'>;

const mostGpus = 256;
const MB = 1_000_000;

/** `rocm-smi --showuse --showmeminfo vram -P -t --json`, or `amd-smi metric --json`; nothing where it can't be read. */
export function parseAmdJson(text: string): readonly AmdRow[] {
  const value = parsed(text);
  if (value === undefined) return [];
  // amd-smi: a list, which newer versions wrap in an object.
  const list = Array.isArray(value) ? value : isObject(value) ? value.gpu_data : undefined;
  if (Array.isArray(list)) return list.slice(0, mostGpus).flatMap(fromAmdSmi);
  if (!isObject(value)) return [];
  return Object.entries(value).slice(0, mostGpus).flatMap(fromRocmSmi);
}

function fromRocmSmi([key, card]: [string, unknown]): readonly AmdRow[] {
  const index = /^card(\d{1,3})$/.exec(key)?.[1];
  if (index === undefined || !isObject(card)) return [];
  const entries = Object.entries(card);
  const find = (pattern: RegExp) => entries.find(([name]) => pattern.test(name))?.[1];
  const name = find(/^Card [Ss]eries$/) ?? find(/^Card [Mm]odel$/);
  const uuid = find(/^Unique ID$/);
  return [
    {
      index: Number(index),
      values: defined({
        util: amount(find(/^GPU use \(%\)$/)),
        memUsed: amount(find(/^VRAM Total Used Memory \(B\)$/)),
        memTotal: amount(find(/^VRAM Total Memory \(B\)$/)),
        // The hottest spot where the edge is not told, as on accelerators.
        temp:
          amount(find(/^Temperature \(Sensor edge\) \([cC]\)$/)) ??
          amount(find(/^Temperature \(Sensor junction\) \([cC]\)$/)),
        power: amount(find(/Graphics Package Power \(W\)$/)),
        powerLimit: amount(find(/^Max Graphics Package Power \(W\)$/)),
      }),
      ...(isText(name) && { name }),
      ...(isText(uuid) && { uuid }),
    },
  ];
}

function fromAmdSmi(gpu: unknown): readonly AmdRow[] {
  if (!isObject(gpu) || !Number.isSafeInteger(gpu.gpu)) return [];
  const usage = part(gpu.usage);
  const memory = part(gpu.mem_usage);
  const power = part(gpu.power);
  const heat = part(gpu.temperature);
  const bytes = (value: unknown) => {
    const size = amount(value);
    const unit = part(value).unit;
    return size === undefined ? undefined : size * (unit === 'B' ? 1 : unit === 'GB' ? 1000 * MB : MB);
  };
  return [
    {
      index: Number(gpu.gpu),
      values: defined({
        util: amount(usage.gfx_activity),
        memUtil: amount(usage.umc_activity),
        memUsed: bytes(memory.used_vram),
        memTotal: bytes(memory.total_vram),
        temp: amount(heat.edge) ?? amount(heat.hotspot),
        power: amount(power.socket_power),
      }),
    },
  ];
}

/** A number, its text, or `{ value, unit }` around either. */
function amount(value: unknown): number | undefined {
  const inner = isObject(value) ? value.value : value;
  if (typeof inner === 'number') return inner >= 0 && inner < 1e15 ? inner : undefined;
  if (typeof inner !== 'string') return undefined;
  const number = /^\d{1,15}$/.test(inner) ? Number(inner) : plainNumber(inner);
  return number;
}

function defined(values: Readonly<Record<string, number | undefined>>): GpuValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function part(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value !== 'N/A' && value.length <= 200;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
