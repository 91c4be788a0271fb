export interface Gpu {
  readonly index: number;
  /** As nvidia-smi says it, such as `NVIDIA A100-SXM4-80GB`. */
  readonly name: string;
  readonly memoryBytes: number | null;
}

/** What a computer has. */
export interface Hardware {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly gpus: readonly Gpu[];
  /** Why the GPUs are not known, in a sentence. */
  readonly gpuProblem?: string;
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
