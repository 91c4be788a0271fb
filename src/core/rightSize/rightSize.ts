import { gpuMachines, type Cloud, type GpuMachine } from '../prices/gpuMachines';
import { architectures, bandwidthOf, gpuModelOf, gpuModels, type GpuModelName } from '../prices/gpuModels';

/** What a run took of its machines. */
export interface RunUse {
  readonly nodes: number;
  readonly gpus: readonly GpuUse[];
  /** How long it ran, in milliseconds. */
  readonly duration: number;
  /** Of all nodes together; absent where it is not known, 0 on a machine of one's own. */
  readonly hourlyUsd?: number;
  /** Absent on a machine that is no cloud's. */
  readonly cloud?: Cloud;
  readonly instanceType?: string;
  readonly spot?: boolean;
  /** What ran out, where that ended it. */
  readonly outOfMemory?: 'gpu' | 'machine';
}

export interface GpuUse {
  readonly node: number;
  /** As nvidia-smi says it; absent where it was not told, like all that follows. */
  readonly name?: string;
  /** Bytes. */
  readonly memTotal?: number;
  readonly peakMemory?: number;
  /** p95 of its use after the warm-up, in percent. */
  readonly p95?: number;
  /** Whether it was used at all. */
  readonly used: boolean;
}

export type RightSize =
  /** Nothing can be said, and why. */
  | { readonly kind: 'unknown'; readonly why: string }
  | ({
      readonly kind: 'fits' | 'cheaper' | 'wouldDo' | 'needsMore';
      /** Cheapest first, at most one a cloud. */
      readonly choices: readonly Choice[];
    } & Taken)
  | { readonly kind: 'needsMachineMemory' };

/** What was taken of what was there; bytes and percent, of the GPU that took most. */
export interface Taken {
  readonly gpu: GpuModelName;
  readonly memTotal: number;
  readonly peakMemory: number;
  readonly p95: number;
  /** GPUs a node that were used, and that were there. */
  readonly used: number;
  readonly there: number;
}

/** A machine to take, one for each node. */
export interface Choice {
  readonly machine: GpuMachine;
  /** All nodes together, in USD; absent where the present price is not known. */
  readonly saves?: { readonly perHour: number; readonly perRun: number };
  readonly caveats: readonly string[];
}

/** Memory that is left free above the peak: batches differ, and fragments take room. */
export const headroom = 0.15;
/** A change of type is work: less of a saving is not worth it. */
const leastSaving = 0.1;
const hour = 3_600_000;

/**
 * The size that would have done. A GPU does when its memory holds the peak with 15 % of room, and its speed and bandwidth are at least the
 * share (the p95 of use) that the run took of the present one's, so that it would take about as long.
 */
export function rightSize(use: RunUse, machines: readonly GpuMachine[] = gpuMachines): RightSize {
  if (use.outOfMemory === 'machine') return { kind: 'needsMachineMemory' };
  const taken = takenOf(use);
  if (typeof taken === 'string') return { kind: 'unknown', why: taken };
  const there = machines.filter(
    (machine) =>
      (use.cloud === undefined || machine.cloud === use.cloud) &&
      machine.count >= taken.used &&
      makerOf(machine.gpu) === makerOf(taken.gpu),
  );
  if (use.outOfMemory === 'gpu') {
    const larger = there.filter(({ memoryGb }) => memoryGb * 1e9 > taken.memTotal * 1.1);
    return { kind: 'needsMore', ...taken, choices: cheapestOf(larger).map((one) => choice(one, taken)) };
  }
  const enough = there.filter((machine) => isEnough(machine, taken));
  const now = presentUsd(use, machines);
  if (now === undefined) {
    return { kind: 'wouldDo', ...taken, choices: cheapestOf(enough).map((one) => choice(one, taken)) };
  }
  const cheaper = enough.filter(({ hourlyUsd }) => hourlyUsd <= now * (1 - leastSaving));
  if (cheaper.length === 0) return { kind: 'fits', ...taken, choices: [] };
  const choices = cheapestOf(cheaper).map((machine) => {
    const perHour = (now - machine.hourlyUsd) * use.nodes;
    return { ...choice(machine, taken), saves: { perHour, perRun: (perHour * use.duration) / hour } };
  });
  return { kind: 'cheaper', ...taken, choices };
}

/** What was taken, or why that can't be told. */
function takenOf({ gpus }: RunUse): Taken | string {
  if (gpus.length === 0) return 'No GPU was seen.';
  const used = gpus.filter((gpu) => gpu.used);
  if (used.length === 0) return 'No GPU was used.';
  const names = new Set(used.map(({ name }) => name));
  const [name] = names;
  if (names.size > 1) return 'The GPUs are of different types.';
  const gpu = name === undefined ? undefined : gpuModelOf(name);
  if (gpu === undefined) return `The GPU type is not in the list: ${name ?? 'no name was told'}.`;
  const [memTotal, peakMemory, p95] = (['memTotal', 'peakMemory', 'p95'] as const).map((key) => {
    const values = used.map((one) => one[key] ?? NaN);
    return key === 'memTotal' ? Math.min(...values) : Math.max(...values);
  }) as [number, number, number];
  if (!(memTotal > 0 && peakMemory > 0 && peakMemory <= memTotal * 1.01))
    return 'Not all GPUs told their memory.';
  if (!(p95 >= 0 && p95 <= 100)) return 'The GPUs were not seen for long enough after the warm-up.';
  const most = (of: readonly GpuUse[]) =>
    Math.max(
      ...[...new Set(gpus.map(({ node }) => node))].map(
        (node) => of.filter((one) => one.node === node).length,
      ),
    );
  return { gpu, memTotal, peakMemory, p95, used: most(used), there: most(gpus) };
}

function isEnough({ gpu, memoryGb }: GpuMachine, taken: Taken): boolean {
  const [now, other] = [gpuModels[taken.gpu], gpuModels[gpu]];
  if (memoryGb * 1e9 < taken.peakMemory * (1 + headroom)) {
    // The very GPU that it ran on holds what it held, with however little room.
    return gpu === taken.gpu && memoryGb * 1e9 >= taken.memTotal * 0.9;
  }
  const share = taken.p95 / 100;
  return (
    other.tflops >= share * now.tflops &&
    bandwidthOf(gpu, memoryGb) >= share * bandwidthOf(taken.gpu, taken.memTotal / 1e9)
  );
}

/**
 * List prices are for on-demand machines of a cloud, so only such a price is compared: what a node cost, else what its type is listed at.
 */
function presentUsd(use: RunUse, machines: readonly GpuMachine[]): number | undefined {
  if (use.cloud === undefined) return undefined;
  if (use.hourlyUsd !== undefined && use.hourlyUsd > 0 && !use.spot) return use.hourlyUsd / use.nodes;
  return machines.find(({ cloud, type }) => cloud === use.cloud && type === use.instanceType)?.hourlyUsd;
}

function cheapestOf(machines: readonly GpuMachine[]): readonly GpuMachine[] {
  const sorted = machines.toSorted((a, b) => a.hourlyUsd - b.hourlyUsd);
  return sorted.filter(({ cloud }, index) => sorted.findIndex((one) => one.cloud === cloud) === index);
}

function choice(machine: GpuMachine, taken: Taken): Choice {
  const [now, other] = [gpuModels[taken.gpu], gpuModels[machine.gpu]];
  const bandwidth = bandwidthOf(machine.gpu, machine.memoryGb);
  const present = bandwidthOf(taken.gpu, taken.memTotal / 1e9);
  const caveats: string[] = [];
  const add = (holds: boolean, caveat: string) => {
    if (holds) caveats.push(caveat);
  };
  add(
    bandwidth < present,
    `Less memory bandwidth: ${bandwidth.toLocaleString('en')} GB/s, this ${taken.gpu} has ${present.toLocaleString('en')}.`,
  );
  add(
    architectures[now.architecture].bfloat16 && !architectures[other.architecture].bfloat16,
    `${machine.gpu} (${other.architecture}) has no bfloat16: train in float16 with loss scaling.`,
  );
  add(
    now.architecture !== other.architecture,
    `Another architecture, ${other.architecture} in place of ${now.architecture}: kernels built for one may not run on the other.`,
  );
  add(
    taken.used > 1 && 'joined' in now && !('joined' in other),
    'Its GPUs are joined by PCIe, not NVLink: exchanging gradients takes longer.',
  );
  return { machine, caveats };
}

function makerOf(gpu: GpuModelName): string {
  return architectures[gpuModels[gpu].architecture].maker;
}
