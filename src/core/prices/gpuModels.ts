/**
 * A GPU model as its maker's data sheet has it, of its fastest variant: dense 16-bit tensor TFLOP/s, and GB/s of memory bandwidth. Good
 * for comparing one with another, not for telling how long a run takes.
 */
export interface GpuModel {
  readonly tflops: number;
  readonly bandwidth: number;
  /** Of a variant with less memory, in GB, that is slower as well. */
  readonly smaller?: { readonly memoryGb: number; readonly bandwidth: number };
  readonly architecture: Architecture;
  /** Joined by NVLink or the like where several are in one machine. */
  readonly joined?: true;
}

export type Architecture = keyof typeof architectures;

/** In order of age, with what each lacks. */
export const architectures = {
  Volta: { maker: 'NVIDIA', bfloat16: false },
  Turing: { maker: 'NVIDIA', bfloat16: false },
  Ampere: { maker: 'NVIDIA', bfloat16: true },
  Ada: { maker: 'NVIDIA', bfloat16: true },
  Hopper: { maker: 'NVIDIA', bfloat16: true },
  Blackwell: { maker: 'NVIDIA', bfloat16: true },
  CDNA3: { maker: 'AMD', bfloat16: true },
} as const;

/** By the names that clouds sell them under, and of what people have of their own. */
export const gpuModels = {
  T4: { tflops: 65, bandwidth: 320, architecture: 'Turing' },
  V100: { tflops: 125, bandwidth: 900, architecture: 'Volta', joined: true },
  A10: { tflops: 125, bandwidth: 600, architecture: 'Ampere' },
  A10G: { tflops: 70, bandwidth: 600, architecture: 'Ampere' },
  A40: { tflops: 150, bandwidth: 696, architecture: 'Ampere' },
  A100: {
    tflops: 312,
    bandwidth: 2039,
    smaller: { memoryGb: 40, bandwidth: 1555 },
    architecture: 'Ampere',
    joined: true,
  },
  L4: { tflops: 121, bandwidth: 300, architecture: 'Ada' },
  L40: { tflops: 181, bandwidth: 864, architecture: 'Ada' },
  L40S: { tflops: 362, bandwidth: 864, architecture: 'Ada' },
  H100: { tflops: 989, bandwidth: 3350, architecture: 'Hopper', joined: true },
  'H100 NVL': { tflops: 835, bandwidth: 3938, architecture: 'Hopper', joined: true },
  H200: { tflops: 989, bandwidth: 4800, architecture: 'Hopper', joined: true },
  B200: { tflops: 2250, bandwidth: 8000, architecture: 'Blackwell', joined: true },
  B300: { tflops: 2250, bandwidth: 8000, architecture: 'Blackwell', joined: true },
  MI300X: { tflops: 1307, bandwidth: 5300, architecture: 'CDNA3', joined: true },
  'RTX 3090': { tflops: 71, bandwidth: 936, architecture: 'Ampere' },
  'RTX A6000': { tflops: 155, bandwidth: 768, architecture: 'Ampere' },
  'RTX 4090': { tflops: 165, bandwidth: 1008, architecture: 'Ada' },
  'RTX 6000 Ada': { tflops: 364, bandwidth: 960, architecture: 'Ada' },
  'RTX 5090': { tflops: 209, bandwidth: 1792, architecture: 'Blackwell' },
} as const satisfies Readonly<Record<string, GpuModel>>;

export type GpuModelName = keyof typeof gpuModels;

/** GB/s of a model with so much memory. */
export function bandwidthOf(name: GpuModelName, memoryGb: number): number {
  const model: GpuModel = gpuModels[name];
  return model.smaller && memoryGb < model.smaller.memoryGb * 1.2 ? model.smaller.bandwidth : model.bandwidth;
}

const longestFirst = (Object.keys(gpuModels) as GpuModelName[]).toSorted((a, b) => b.length - a.length);

/**
 * The model of a name as nvidia-smi gives it, such as `NVIDIA A100-SXM4-80GB`, `Tesla T4` or `NVIDIA GeForce RTX 4090`. `undefined` for one
 * that is not known, and for a slice of one (MIG, or a virtual GPU such as `NVIDIA A10-8Q`).
 */
export function gpuModelOf(name: string): GpuModelName | undefined {
  if (/\bMIG\b|^GRID |-\d+[ABCQ]\b/.test(name)) return undefined;
  const words = ` ${name.replace(/[-_\s]+/g, ' ').toUpperCase()} `;
  return longestFirst.find((model) => words.includes(` ${model.toUpperCase()} `));
}
