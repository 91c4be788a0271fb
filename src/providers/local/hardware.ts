import { availableParallelism, totalmem } from 'node:os';
import { run } from '../../node/process';
import { parseGpus, type Gpu, type Hardware } from '../launched/hardware';

/** A driver in trouble makes nvidia-smi hang; then we go on without it. */
const patience = 5000;

/** Without `withGpus` nobody is asked for them, which takes time. */
export async function machine(signal: AbortSignal, withGpus = true): Promise<Hardware> {
  const found = withGpus ? await gpus(signal) : { gpus: [] };
  return { cpus: availableParallelism(), memoryBytes: totalmem(), ...found };
}

async function gpus(signal: AbortSignal): Promise<Pick<Hardware, 'gpus' | 'gpuProblem'>> {
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

/** What is left when this process itself may see only some, as in a batch job. Other spellings (UUIDs, MIG) hide nothing. */
function visible(all: readonly Gpu[], setting: string | undefined): readonly Gpu[] {
  if (setting === undefined || !/^\d+(,\d+)*$/.test(setting)) return all;
  const shown = new Set(setting.split(',').map(Number));
  return all.filter((gpu) => shown.has(gpu.index));
}
