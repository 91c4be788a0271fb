import { didYouMean } from '../../../core/jobSpec/didYouMean';
import type { Candidate } from '../../../core/jobSpec/jobSpec';
import { countText } from '../../../core/words';
import { isAccelerator } from '../../launched/accelerator';
import { sageMakerName, trainingType, trainingTypes, type TrainingType } from './trainingTypes';

/** A type that would do. One that the job file names and the table lacks has no size here. */
export type Fitting = Pick<TrainingType, 'name'> & Partial<Omit<TrainingType, 'name'>>;

/**
 * The types that are what a candidate asks for, in the table's order, or why there is none. A candidate that asks for nothing gets at
 * least 4 vCPUs and 16 GB: the smallest ones are too small to install a framework in.
 */
export function fittingTypes(candidate: Candidate): readonly Fitting[] | { readonly why: string } {
  const { instance_type: named } = candidate;
  if (named !== null) return namedType(sageMakerName(named), candidate);
  const [wanted] = Object.entries(candidate.accelerators ?? {});
  const ofKind = wanted
    ? trainingTypes.filter(({ gpu }) => gpu && isGpu(gpu, wanted[0]))
    : trainingTypes.filter(({ gpu }) => !gpu);
  if (wanted && ofKind.length === 0) return { why: `SageMaker has no ${wanted[0]}.` };
  const counted = wanted ? ofKind.filter(({ gpu }) => gpu?.count === Math.ceil(wanted[1])) : ofKind;
  if (wanted && counted.length === 0) {
    const counts = [...new Set(ofKind.map(({ gpu }) => gpu?.count ?? 0))].sort((a, b) => a - b);
    return {
      why: `SageMaker has ${wanted[0]} by ${list(counts)} only: ask for ${wanted[0]}:${counts[0] ?? 1}.`,
    };
  }
  const size = sizeOf(candidate);
  const fitting = counted.filter((type) => misfit(type, size) === undefined);
  if (fitting.length > 0) return fitting;
  return {
    why: `No SageMaker type${wanted ? ` with ${wanted[0]}:${Math.ceil(wanted[1])}` : ''} has ${sizeText(size)}.`,
  };
}

/** What is worth knowing of a type that a job file names and the table lacks: it may be new, or a slip of the pen. */
export function strangeType(named: string): string | undefined {
  const name = sageMakerName(named);
  if (!isTypeName(name) || trainingType(name)) return undefined;
  const meant = didYouMean(
    name,
    trainingTypes.map((type) => type.name),
  );
  return `Trainyard does not know ${name}: if SageMaker has it, the job runs, but its size can’t be checked.${meant === undefined ? '' : ` Did you mean ${meant}?`}`;
}

function isTypeName(name: string): boolean {
  return /^ml\.[a-z0-9-]+\.[a-z0-9]+$/.test(name);
}

/** A bound of a job file: `exactly` where it has no `+`. */
interface Bound {
  readonly value: number;
  readonly exactly: boolean;
  /** Of memory: so many GB for each vCPU. */
  readonly perCpu?: true;
}

interface Size {
  readonly cpus?: Bound;
  readonly memory?: Bound;
  readonly disk?: Bound;
  /** Of the machine's own disk. */
  readonly localDisk?: Bound;
}

function namedType(name: string, candidate: Candidate): readonly Fitting[] | { readonly why: string } {
  if (!isTypeName(name)) return { why: `This is no SageMaker type: ${name}` };
  const type = trainingType(name);
  if (!type) return [{ name }];
  const [wanted] = Object.entries(candidate.accelerators ?? {});
  if (wanted && !(type.gpu && isGpu(type.gpu, wanted[0]) && type.gpu.count === Math.ceil(wanted[1])))
    return {
      why: `${name} has ${type.gpu ? `${type.gpu.name}:${type.gpu.count}` : 'no GPU'}, and the job asks for ${wanted[0]}:${Math.ceil(wanted[1])}.`,
    };
  const wrong = misfit(type, sizeOf(candidate, {}));
  return wrong === undefined ? [type] : { why: `${name} has ${wrong}.` };
}

function isGpu(gpu: NonNullable<TrainingType['gpu']>, wanted: string): boolean {
  return isAccelerator({ index: 0, name: gpu.name, memoryBytes: gpu.memoryGb * 1e9 }, wanted);
}

const atLeast = (value: number): Bound => ({ value, exactly: false });

/** `otherwise` where neither vCPUs, memory nor accelerators are asked for. */
function sizeOf(candidate: Candidate, otherwise: Size = { cpus: atLeast(4), memory: atLeast(16) }): Size {
  const { cpus, memory, disk_size, local_disk, accelerators } = candidate;
  const asked: Size = {
    ...(cpus !== null && { cpus: bound(cpus) }),
    ...(memory !== null && { memory: bound(memory) }),
  };
  const size = local_disk?.split(':')[1];
  return {
    ...(cpus === null && memory === null && accelerators === null ? otherwise : asked),
    ...(disk_size !== null && { disk: atLeast(disk_size) }),
    ...(size !== undefined && { localDisk: bound(size) }),
  };
}

function bound(text: string): Bound {
  return {
    value: Number.parseFloat(text),
    exactly: !/[+x]$/.test(text),
    ...(text.endsWith('x') && { perCpu: true }),
  };
}

/** GB that EBS gives one volume. */
export const largestVolume = 16_384;

/** What it has that does not do, such as `8 vCPUs, and the job asks for 16+`. */
function misfit(type: TrainingType, { cpus, memory, disk, localDisk }: Size): string | undefined {
  const { cpus: has, memoryGb, diskGb } = type;
  if (cpus && !holds(has, cpus)) return `${countText(has, 'vCPU')}, and the job asks for ${boundText(cpus)}`;
  const gb = memory?.perCpu ? { ...memory, value: memory.value * has } : memory;
  if (gb && !holds(memoryGb, gb)) return `${memoryGb} GB of memory, and the job asks for ${boundText(gb)}`;
  if (disk && diskGb === 0 && disk.value > largestVolume)
    return `a volume of ${largestVolume} GB at most, and the job asks for ${disk.value}`;
  // A type with a disk of its own gets no other.
  if (disk && diskGb > 0 && diskGb < disk.value)
    return `a disk of ${diskGb} GB, and the job asks for ${disk.value}`;
  if (localDisk && !holds(diskGb, localDisk))
    return `${diskGb === 0 ? 'no disk of its own' : `a disk of ${diskGb} GB`}, and the job asks for ${boundText(localDisk)}`;
  return undefined;
}

function holds(has: number, { value, exactly }: Bound): boolean {
  return exactly ? has === value : has >= value;
}

function boundText({ value, exactly }: Bound): string {
  return exactly ? `exactly ${value}` : `at least ${value}`;
}

function sizeText({ cpus, memory, disk, localDisk }: Size): string {
  const parts = [
    ...(cpus ? [`${boundText(cpus)} vCPUs`] : []),
    ...(memory ? [`${boundText(memory)} GB of memory${memory.perCpu ? ' for each' : ''}`] : []),
    ...(disk ? [`a disk of ${disk.value} GB`] : []),
    ...(localDisk ? [`a disk of its own of ${boundText(localDisk)} GB`] : []),
  ];
  const exact = [cpus, memory].some((one) => one?.exactly);
  return `${parts.join(' and ')}${exact ? ' (a + after a number asks for that or more)' : ''}`;
}

function list(counts: readonly number[]): string {
  const last = counts.at(-1) ?? 0;
  return counts.length < 2 ? String(last) : `${counts.slice(0, -1).join(', ')} or ${last}`;
}
