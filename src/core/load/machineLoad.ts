import { hostValues } from '../telemetry';

/** What a machine does at one moment. Shares in percent, sizes in bytes, rates in bytes per second; what could not be read is absent. */
export interface MachineLoad {
  /** Unix milliseconds by the machine's own clock. */
  readonly t: number;
  readonly host: HostLoad;
  readonly tool: GpuTool;
  /** By index. */
  readonly gpus: readonly GpuLoad[];
  /** Those on GPUs, one for each GPU that a process is on; absent where nobody can tell, which is not the same as none. */
  readonly processes?: readonly GpuProcess[];
  /** Lines of `who`. */
  readonly users: readonly LoggedIn[];
}

export interface HostLoad {
  readonly name?: string;
  /** Such as `Linux 6.8.0-45-generic`. */
  readonly system?: string;
  readonly values: Readonly<Partial<Record<HostLoadValue, number>>>;
  /** Percent of each core. */
  readonly cores: readonly number[];
}

/** `up` in seconds; `load` is the average of the last minute. */
export const hostLoadValues = [...hostValues, 'diskTotal', 'load', 'up'] as const;
export type HostLoadValue = (typeof hostLoadValues)[number];

/**
 * How the vendor's tool is. `none`: there is none. `asked`: it has not answered yet. `silent`: it hangs. `failed`: it ended. What
 * it said last is `words`, while it works too, as when it has lost one GPU of several.
 */
export interface GpuTool {
  readonly state: 'none' | 'asked' | 'works' | 'silent' | 'failed';
  readonly words?: string;
}

export interface GpuLoad {
  readonly index: number;
  readonly uuid?: string;
  readonly name?: string;
  readonly driver?: string;
  /** Names of its MIG instances, such as `2g.35gb`. */
  readonly instances: readonly string[];
  /** When these values were read; absent when that is longer ago than three samples, as of a GPU that was lost. */
  readonly t?: number;
  readonly values: Readonly<Partial<Record<GpuLoadValue, number>>>;
  /** Whether it computes, where the driver says so: all that there is to tell where MIG hides `util`. */
  readonly busy?: boolean;
}

/** °C and watts. */
export const gpuLoadValues = [
  'util',
  'memUtil',
  'memUsed',
  'memTotal',
  'temp',
  'power',
  'powerLimit',
] as const;
export type GpuLoadValue = (typeof gpuLoadValues)[number];
export type GpuValues = Partial<Record<GpuLoadValue, number>>;

export interface GpuProcess {
  readonly pid: number;
  /** Absent where the tool does not say which. */
  readonly gpu?: number;
  readonly memUsed?: number;
  /** As the GPU's tool calls it. */
  readonly name: string;
  /** Who it is on the machine; absent where it can't be seen there, as from within a container. */
  readonly identity?: ProcessDetail;
  /** What of ours it belongs to, such as a notebook's name. */
  readonly owner?: string;
}

export interface ProcessDetail {
  /** With the pid it names one process for ever: field 22 of its stat. */
  readonly start: string;
  /** Unix milliseconds by the machine's clock. */
  readonly startedAt: number;
  readonly user: string;
  /** Its words, joined by spaces. */
  readonly command: string;
}

export interface LoggedIn {
  readonly user: string;
  /** Terminal, time and address as `who` says them. */
  readonly from: string;
}

/** How much a GPU is used: percent, or only whether it is, or nothing that is known. */
export function gpuUse({
  values,
  busy,
}: Pick<GpuLoad, 'values' | 'busy'>): number | 'used' | 'idle' | undefined {
  if (values.util !== undefined) return values.util;
  return busy === undefined ? undefined : busy ? 'used' : 'idle';
}
