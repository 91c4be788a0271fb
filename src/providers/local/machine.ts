import { availableParallelism, totalmem } from 'node:os';
import { run } from '../../node/process';

export interface Gpu {
  readonly index: number;
  /** As nvidia-smi says it, such as `NVIDIA A100-SXM4-80GB`. */
  readonly name: string;
  readonly memoryBytes: number | null;
}

/** What this computer has. */
export interface Machine {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly gpus: readonly Gpu[];
  /** Why the GPUs are not known, in a sentence. */
  readonly gpuProblem?: string;
}

/** A driver in trouble makes nvidia-smi hang; then we go on without it. */
const patience = 5000;

/** Without `withGpus` nobody is asked for them, which takes time. */
export async function machine(signal: AbortSignal, withGpus = true): Promise<Machine> {
  const found = withGpus ? await gpus(signal) : { gpus: [] };
  return { cpus: availableParallelism(), memoryBytes: totalmem(), ...found };
}

async function gpus(signal: AbortSignal): Promise<Pick<Machine, 'gpus' | 'gpuProblem'>> {
  const argv = [
    'nvidia-smi',
    '--query-gpu=index,name,memory.total',
    '--format=csv,noheader,nounits',
  ] as const;
  try {
    const { code, stdout, timedOut } = await run([...argv], { timeout: patience, signal });
    if (timedOut) return { gpus: [], gpuProblem: 'nvidia-smi does not answer.' };
    if (code !== 0) {
      const [said = ''] = stdout.trim().split('\n');
      return { gpus: [], gpuProblem: `nvidia-smi failed: ${said.slice(0, 200) || `exit code ${code}`}` };
    }
    return { gpus: visible(parseGpus(stdout), process.env.CUDA_VISIBLE_DEVICES) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { gpus: [] };
    throw error;
  }
}

/** The lines `0, NVIDIA H100 80GB HBM3, 81559`. A GPU that is lost answers with words in place of numbers. */
export function parseGpus(text: string): readonly Gpu[] {
  return text.split('\n').flatMap((line): Gpu[] => {
    const [index = '', ...rest] = line.split(',').map((field) => field.trim());
    const memory = Number(rest.at(-1));
    const name = rest.slice(0, -1).join(', ');
    if (!/^\d+$/.test(index) || name === '' || name.startsWith('[')) return [];
    return [{ index: Number(index), name, memoryBytes: Number.isFinite(memory) ? memory * 2 ** 20 : null }];
  });
}

/** What is left when this process itself may see only some, as in a batch job. Other spellings (UUIDs, MIG) hide nothing. */
function visible(all: readonly Gpu[], setting: string | undefined): readonly Gpu[] {
  if (setting === undefined || !/^\d+(,\d+)*$/.test(setting)) return all;
  const shown = new Set(setting.split(',').map(Number));
  return all.filter((gpu) => shown.has(gpu.index));
}
