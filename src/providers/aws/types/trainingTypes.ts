import { cpusOf } from '../../../core/prices/ec2Machines';
import type { MachineType } from '../../../core/provider';

/** A machine that SageMaker trains on. */
export interface TrainingType {
  /** As SageMaker calls it, such as `ml.g5.xlarge`. */
  readonly name: string;
  readonly cpus: number;
  /** GiB. */
  readonly memoryGb: number;
  /** GB of its own disk; 0 where it gets a volume of any size. */
  readonly diskGb: number;
  readonly gpu?: TypeGpu;
}

export interface TypeGpu {
  /** As job files call it, such as `A10G`. */
  readonly name: string;
  readonly count: number;
  /** Of each, in GB as the clouds write it. */
  readonly memoryGb: number;
}

type Row = readonly [
  type: string,
  cpus: number,
  memoryGb: number,
  diskGb: number,
  gpu: string,
  count: number,
  gpuGb: number,
];

/**
 * SageMaker’s training types as of 2026-11 (the enum `TrainingInstanceType` of @aws-sdk/client-sagemaker 3.1142), with the sizes of the EC2
 * types that they are (EC2’s DescribeInstanceTypes, as moto 5.2.5 has it; p3’s from
 * https://docs.aws.amazon.com/batch/latest/userguide/gpu-jobs.html). Left out: families before 2017, burstable ones (t3), which slow
 * down under a steady load, and Trainium, which needs an image of its own. A job file may still name those.
 */
const gpuRows: readonly Row[] = [
  ['p3.2xlarge', 8, 61, 0, 'V100', 1, 16],
  ['p3.8xlarge', 32, 244, 0, 'V100', 4, 16],
  ['p3.16xlarge', 64, 488, 0, 'V100', 8, 16],
  ['p3dn.24xlarge', 96, 768, 1800, 'V100', 8, 32],
  ['p4d.24xlarge', 96, 1152, 8000, 'A100', 8, 40],
  ['p4de.24xlarge', 96, 1152, 8000, 'A100', 8, 80],
  ['p5.4xlarge', 16, 256, 3800, 'H100', 1, 80],
  ['p5.48xlarge', 192, 2048, 30_400, 'H100', 8, 80],
  ['p5e.48xlarge', 192, 2048, 30_400, 'H200', 8, 141],
  ['p5en.48xlarge', 192, 2048, 30_400, 'H200', 8, 141],
  ['p6-b200.48xlarge', 192, 2048, 30_400, 'B200', 8, 179],
  ['p6-b300.48xlarge', 192, 4096, 30_400, 'B300', 8, 268],
  ['g4dn.xlarge', 4, 16, 125, 'T4', 1, 16],
  ['g4dn.2xlarge', 8, 32, 225, 'T4', 1, 16],
  ['g4dn.4xlarge', 16, 64, 225, 'T4', 1, 16],
  ['g4dn.8xlarge', 32, 128, 900, 'T4', 1, 16],
  ['g4dn.16xlarge', 64, 256, 900, 'T4', 1, 16],
  ['g4dn.12xlarge', 48, 192, 900, 'T4', 4, 16],
  ['g5.xlarge', 4, 16, 250, 'A10G', 1, 24],
  ['g5.2xlarge', 8, 32, 450, 'A10G', 1, 24],
  ['g5.4xlarge', 16, 64, 600, 'A10G', 1, 24],
  ['g5.8xlarge', 32, 128, 900, 'A10G', 1, 24],
  ['g5.16xlarge', 64, 256, 1900, 'A10G', 1, 24],
  ['g5.12xlarge', 48, 192, 3800, 'A10G', 4, 24],
  ['g5.24xlarge', 96, 384, 3800, 'A10G', 4, 24],
  ['g5.48xlarge', 192, 768, 7600, 'A10G', 8, 24],
  ['g6.xlarge', 4, 16, 250, 'L4', 1, 24],
  ['g6.2xlarge', 8, 32, 450, 'L4', 1, 24],
  ['g6.4xlarge', 16, 64, 600, 'L4', 1, 24],
  ['g6.8xlarge', 32, 128, 900, 'L4', 1, 24],
  ['g6.16xlarge', 64, 256, 1880, 'L4', 1, 24],
  ['g6.12xlarge', 48, 192, 3760, 'L4', 4, 24],
  ['g6.24xlarge', 96, 384, 3760, 'L4', 4, 24],
  ['g6.48xlarge', 192, 768, 7520, 'L4', 8, 24],
  ['g6e.xlarge', 4, 32, 250, 'L40S', 1, 48],
  ['g6e.2xlarge', 8, 64, 450, 'L40S', 1, 48],
  ['g6e.4xlarge', 16, 128, 600, 'L40S', 1, 48],
  ['g6e.8xlarge', 32, 256, 900, 'L40S', 1, 48],
  ['g6e.16xlarge', 64, 512, 1900, 'L40S', 1, 48],
  ['g6e.12xlarge', 48, 384, 3800, 'L40S', 4, 48],
  ['g6e.24xlarge', 96, 768, 3800, 'L40S', 4, 48],
  ['g6e.48xlarge', 192, 1536, 7600, 'L40S', 8, 48],
  ['g7.2xlarge', 8, 32, 440, 'RTXPRO4500', 1, 32],
  ['g7.4xlarge', 16, 64, 875, 'RTXPRO4500', 1, 32],
  ['g7.8xlarge', 32, 128, 930, 'RTXPRO4500', 1, 32],
  ['g7.12xlarge', 48, 192, 1900, 'RTXPRO4500', 2, 32],
  ['g7.24xlarge', 96, 384, 3800, 'RTXPRO4500', 4, 32],
  ['g7.48xlarge', 192, 768, 7600, 'RTXPRO4500', 8, 32],
  ['g7e.2xlarge', 8, 64, 1900, 'RTXPRO6000', 1, 96],
  ['g7e.4xlarge', 16, 128, 1900, 'RTXPRO6000', 1, 96],
  ['g7e.8xlarge', 32, 256, 1900, 'RTXPRO6000', 1, 96],
  ['g7e.12xlarge', 48, 512, 3800, 'RTXPRO6000', 2, 96],
  ['g7e.24xlarge', 96, 1024, 7600, 'RTXPRO6000', 4, 96],
  ['g7e.48xlarge', 192, 2048, 15_200, 'RTXPRO6000', 8, 96],
];

const upTo24 = ['xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge', '24xlarge'];

/** Families without a GPU: GiB for each vCPU, and the sizes that SageMaker has. */
const cpuFamilies: readonly (readonly [family: string, gbPerCpu: number, sizes: readonly string[]])[] = [
  ['m5', 4, ['large', 'xlarge', '2xlarge', '4xlarge', '12xlarge', '24xlarge']],
  ['m6i', 4, ['large', ...upTo24, '32xlarge']],
  ['m7i', 4, ['large', ...upTo24, '48xlarge']],
  ['m8i', 4, ['large', ...upTo24, '32xlarge', '48xlarge', '96xlarge']],
  ['c5', 2, ['xlarge', '2xlarge', '4xlarge', '9xlarge', '18xlarge']],
  ['c6i', 2, [...upTo24, '32xlarge']],
  ['c7i', 2, ['large', ...upTo24, '48xlarge']],
  ['c8i', 2, [...upTo24, '32xlarge', '48xlarge', '96xlarge']],
  ['r5', 8, ['large', ...upTo24]],
  ['r6i', 8, ['large', ...upTo24, '32xlarge']],
  ['r7i', 8, ['large', ...upTo24, '48xlarge']],
  ['r8i', 8, ['large', ...upTo24, '32xlarge', '48xlarge', '96xlarge']],
];

export const trainingTypes: readonly TrainingType[] = [
  ...cpuFamilies.flatMap(([family, gbPerCpu, sizes]) =>
    sizes.map((size) => {
      const cpus = cpusOf(size);
      return { name: `ml.${family}.${size}`, cpus, memoryGb: cpus * gbPerCpu, diskGb: 0 };
    }),
  ),
  ...gpuRows.map(([type, cpus, memoryGb, diskGb, name, count, gpuGb]) => {
    return { name: `ml.${type}`, cpus, memoryGb, diskGb, gpu: { name, count, memoryGb: gpuGb } };
  }),
];

/** All of them, those with GPUs first. */
export function machineTypes(): readonly MachineType[] {
  const [plain, withGpus] = [trainingTypes.filter(({ gpu }) => !gpu), trainingTypes.filter(({ gpu }) => gpu)];
  return [...withGpus, ...plain].map(({ name, cpus, memoryGb, gpu }) => {
    const gpus = gpu ? [`${gpu.count}×${gpu.name}, ${gpu.memoryGb} GB`] : [];
    return { name, words: [...gpus, `${cpus} CPUs, ${memoryGb} GB`].join(' · ') };
  });
}

const byName = new Map(trainingTypes.map((type) => [type.name, type]));

/** `undefined` for one that the table does not have, whose size is then not known. */
export function trainingType(name: string): TrainingType | undefined {
  return byName.get(name);
}

/** SageMaker's name of a type that a job file names, which may say EC2's: `g5.xlarge` is `ml.g5.xlarge`. */
export function sageMakerName(type: string): string {
  return type.startsWith('ml.') ? type : `ml.${type}`;
}
