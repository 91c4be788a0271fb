import { gpuMachines } from './gpuMachines';

/**
 * EC2's list price of a machine without a GPU, or with one that `gpuMachines` does not have: on demand in us-east-1, USD an hour; from the
 * price table that the Karpenter provider for AWS is generated with (github.com/aws/karpenter-provider-aws, Apache-2.0). SageMaker charges
 * more. An estimate: show it with its age.
 */
export const ec2List = { region: 'us-east-1', asOf: '2026-07-20' } as const;

/** A family's price grows with its vCPUs; only the sizes that the list has. */
interface Family {
  readonly usdPerCpu: number;
  readonly sizes: readonly Size[];
}

type Size = 'large' | 'xlarge' | `${number}xlarge`;

const upTo12: readonly Size[] = ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge'];
const upTo24: readonly Size[] = [...upTo12, '16xlarge', '24xlarge'];

const families: Readonly<Record<string, Family>> = {
  c5: { usdPerCpu: 0.0425, sizes: ['large', 'xlarge', '2xlarge', '4xlarge', '12xlarge', '24xlarge'] },
  c6i: { usdPerCpu: 0.0425, sizes: upTo24 },
  c7i: { usdPerCpu: 0.044625, sizes: upTo24 },
  m5: { usdPerCpu: 0.048, sizes: upTo24 },
  m6i: { usdPerCpu: 0.048, sizes: upTo24 },
  m7i: { usdPerCpu: 0.0504, sizes: upTo24 },
  r5: { usdPerCpu: 0.063, sizes: upTo24 },
  r7i: { usdPerCpu: 0.06615, sizes: upTo24 },
};

const others: Readonly<Record<string, number>> = {
  'g7.2xlarge': 2.52,
  'g7.4xlarge': 3.04208,
  'g7.8xlarge': 4.08624,
  'g7.12xlarge': 7.12832,
  'g7.24xlarge': 14.25664,
  'g7.48xlarge': 28.51328,
  'g7e.2xlarge': 3.36312,
  'g7e.4xlarge': 3.99816,
  'g7e.8xlarge': 5.26824,
  'g7e.12xlarge': 8.28608,
  'g7e.24xlarge': 16.57216,
  'g7e.48xlarge': 33.14432,
};

/** USD an hour of an EC2 type such as `g5.xlarge`; `null` where the list does not have it, which is never the same as free. */
export function ec2HourlyUsd(type: string): number | null {
  const gpu = gpuMachines.find((machine) => machine.cloud === 'aws' && machine.type === type);
  if (gpu) return gpu.hourlyUsd;
  if (Object.hasOwn(others, type)) return others[type] ?? null;
  const [name = '', size = ''] = type.split('.');
  const family = Object.hasOwn(families, name) ? families[name] : undefined;
  if (!family?.sizes.some((one) => one === size)) return null;
  return Math.round(family.usdPerCpu * cpusOf(size) * 1e6) / 1e6;
}

/** vCPUs of a size of the families above: `large` has 2, `xlarge` 4, `2xlarge` 8, and so on. */
export function cpusOf(size: string): number {
  if (size === 'large') return 2;
  return 4 * Number(size.replace('xlarge', '') || '1');
}
