import type { Gpu } from './hardware';

/**
 * Whether a GPU is what a job file calls `wanted`, such as `A100`, `A100-80GB`, `RTX4090` or `H100-SXM`. The model must be the same and the
 * memory at least what the name says; how it is connected (SXM, PCIe, NVL) is not in every driver's names and is not asked for.
 */
export function isAccelerator(gpu: Gpu, wanted: string): boolean {
  const [model = '', ...extras] = wanted
    .trim()
    .toUpperCase()
    .split(/[-\s]+/);
  if (!models(gpu.name).includes(model)) return false;
  const memory = extras.map((extra) => /^(\d+)GB$/.exec(extra)?.[1]).find((gb) => gb !== undefined);
  // 80 GB of a name are somewhat less than 80 GiB; the driver keeps some, too.
  return memory === undefined || gpu.memoryBytes === null || gpu.memoryBytes >= Number(memory) * 0.9e9;
}

/** `NVIDIA GeForce RTX 4090` answers to RTX4090, 4090 and RTX; `Tesla V100-SXM2-16GB` to V100. */
function models(name: string): string[] {
  const words = name.toUpperCase().split(/[-\s]+/);
  return [...words, ...words.slice(1).map((word, index) => `${words[index] ?? ''}${word}`)];
}
