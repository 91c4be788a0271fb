import type { GpuModelName } from './gpuModels';

/**
 * GPU machines and their list prices: on demand, USD an hour. From the price tables that the Karpenter providers for AWS, Azure and GCP
 * are generated with (github.com/aws/karpenter-provider-aws, github.com/Azure/karpenter-provider-azure,
 * github.com/cloudpilot-ai/karpenter-provider-gcp; Apache-2.0), as of the date that each list names. Managed services such as
 * SageMaker and Vertex AI charge more. An estimate: show it with its age.
 */
export interface GpuMachine {
  readonly cloud: Cloud;
  readonly type: string;
  /** A key of `gpuModels`. */
  readonly gpu: GpuModelName;
  readonly count: number;
  /** Of each GPU, in GB as the clouds write it. */
  readonly memoryGb: number;
  readonly hourlyUsd: number;
  readonly region: string;
  /** ISO date of the price list. */
  readonly pricesAsOf: string;
}

export type Cloud = 'aws' | 'azure' | 'gcp';

/** The last is there where the list's own region does not have the type. */
type Row = readonly [
  type: string,
  gpu: GpuModelName,
  count: number,
  memoryGb: number,
  usd: number,
  region?: string,
];

interface PriceList {
  readonly region: string;
  readonly asOf: string;
  readonly rows: readonly Row[];
}

const lists: Readonly<Record<Cloud, PriceList>> = {
  aws: {
    region: 'us-east-1',
    asOf: '2026-07-20',
    rows: [
      ['p3.2xlarge', 'V100', 1, 16, 3.06],
      ['p3.8xlarge', 'V100', 4, 16, 12.24],
      ['p3.16xlarge', 'V100', 8, 16, 24.48],
      ['p3dn.24xlarge', 'V100', 8, 32, 31.212],
      ['p4d.24xlarge', 'A100', 8, 40, 21.9576],
      ['p4de.24xlarge', 'A100', 8, 80, 27.4471],
      ['p5.4xlarge', 'H100', 1, 80, 6.88],
      ['p5.48xlarge', 'H100', 8, 80, 55.04],
      ['p5en.48xlarge', 'H200', 8, 141, 63.296],
      ['p6-b200.48xlarge', 'B200', 8, 179, 113.9328],
      ['p6-b300.48xlarge', 'B300', 8, 268, 142.416],
      ['g4dn.xlarge', 'T4', 1, 16, 0.526],
      ['g4dn.2xlarge', 'T4', 1, 16, 0.752],
      ['g4dn.4xlarge', 'T4', 1, 16, 1.204],
      ['g4dn.8xlarge', 'T4', 1, 16, 2.176],
      ['g4dn.16xlarge', 'T4', 1, 16, 4.352],
      ['g4dn.12xlarge', 'T4', 4, 16, 3.912],
      ['g4dn.metal', 'T4', 8, 16, 7.824],
      ['g5.xlarge', 'A10G', 1, 24, 1.006],
      ['g5.2xlarge', 'A10G', 1, 24, 1.212],
      ['g5.4xlarge', 'A10G', 1, 24, 1.624],
      ['g5.8xlarge', 'A10G', 1, 24, 2.448],
      ['g5.16xlarge', 'A10G', 1, 24, 4.096],
      ['g5.12xlarge', 'A10G', 4, 24, 5.672],
      ['g5.24xlarge', 'A10G', 4, 24, 8.144],
      ['g5.48xlarge', 'A10G', 8, 24, 16.288],
      ['g6.xlarge', 'L4', 1, 24, 0.8048],
      ['g6.2xlarge', 'L4', 1, 24, 0.9776],
      ['g6.4xlarge', 'L4', 1, 24, 1.3232],
      ['g6.8xlarge', 'L4', 1, 24, 2.0144],
      ['g6.16xlarge', 'L4', 1, 24, 3.3968],
      ['g6.12xlarge', 'L4', 4, 24, 4.6016],
      ['g6.24xlarge', 'L4', 4, 24, 6.6752],
      ['g6.48xlarge', 'L4', 8, 24, 13.3504],
      ['g6e.xlarge', 'L40S', 1, 48, 1.861],
      ['g6e.2xlarge', 'L40S', 1, 48, 2.2421],
      ['g6e.4xlarge', 'L40S', 1, 48, 3.0042],
      ['g6e.8xlarge', 'L40S', 1, 48, 4.5286],
      ['g6e.16xlarge', 'L40S', 1, 48, 7.5772],
      ['g6e.12xlarge', 'L40S', 4, 48, 10.4926],
      ['g6e.24xlarge', 'L40S', 4, 48, 15.0656],
      ['g6e.48xlarge', 'L40S', 8, 48, 30.1312],
    ],
  },
  azure: {
    region: 'eastus',
    asOf: '2026-06-18',
    rows: [
      ['Standard_NC6s_v3', 'V100', 1, 16, 3.06],
      ['Standard_NC12s_v3', 'V100', 2, 16, 6.12],
      ['Standard_NC24s_v3', 'V100', 4, 16, 12.24],
      ['Standard_NC4as_T4_v3', 'T4', 1, 16, 0.526],
      ['Standard_NC8as_T4_v3', 'T4', 1, 16, 0.752],
      ['Standard_NC16as_T4_v3', 'T4', 1, 16, 1.204],
      ['Standard_NC64as_T4_v3', 'T4', 4, 16, 4.352],
      ['Standard_NC24ads_A100_v4', 'A100', 1, 80, 3.673],
      ['Standard_NC48ads_A100_v4', 'A100', 2, 80, 7.346],
      ['Standard_NC96ads_A100_v4', 'A100', 4, 80, 14.692],
      ['Standard_NC40ads_H100_v5', 'H100 NVL', 1, 94, 6.98],
      ['Standard_NC80adis_H100_v5', 'H100 NVL', 2, 94, 13.96],
      ['Standard_ND40rs_v2', 'V100', 8, 32, 22.032],
      ['Standard_ND96asr_v4', 'A100', 8, 40, 27.197],
      ['Standard_ND96amsr_A100_v4', 'A100', 8, 80, 32.77],
      ['Standard_ND96isr_H100_v5', 'H100', 8, 80, 98.32],
      ['Standard_ND96isr_H200_v5', 'H200', 8, 141, 84.8, 'eastus2'],
      ['Standard_ND96isr_MI300X_v5', 'MI300X', 8, 192, 48, 'eastus2'],
      ['Standard_NV36ads_A10_v5', 'A10', 1, 24, 3.2],
    ],
  },
  gcp: {
    region: 'us-central1',
    asOf: '2026-08-03',
    rows: [
      ['a2-highgpu-1g', 'A100', 1, 40, 3.6734],
      ['a2-highgpu-2g', 'A100', 2, 40, 7.3468],
      ['a2-highgpu-4g', 'A100', 4, 40, 14.6935],
      ['a2-highgpu-8g', 'A100', 8, 40, 29.3871],
      ['a2-megagpu-16g', 'A100', 16, 40, 55.7395],
      ['a2-ultragpu-1g', 'A100', 1, 80, 5.0688],
      ['a2-ultragpu-8g', 'A100', 8, 80, 40.5504],
      ['a3-highgpu-1g', 'H100', 1, 80, 11.0612],
      ['a3-highgpu-8g', 'H100', 8, 80, 88.49],
      ['a3-megagpu-8g', 'H100', 8, 80, 92.9376, 'us-east4'],
      ['g2-standard-4', 'L4', 1, 24, 0.7068],
      ['g2-standard-8', 'L4', 1, 24, 0.8536],
      ['g2-standard-16', 'L4', 1, 24, 1.1472],
      ['g2-standard-32', 'L4', 1, 24, 1.7344],
      ['g2-standard-24', 'L4', 2, 24, 2.0008],
      ['g2-standard-48', 'L4', 4, 24, 4.0017],
      ['g2-standard-96', 'L4', 8, 24, 8.0033],
    ],
  },
};

export const clouds = Object.keys(lists) as Cloud[];

/** All of them, by cloud. */
export const gpuMachines: readonly GpuMachine[] = clouds.flatMap((cloud) => {
  const { region, asOf, rows } = lists[cloud];
  return rows.map(([type, gpu, count, memoryGb, hourlyUsd, own]) => ({
    ...{ cloud, type, gpu, count, memoryGb, hourlyUsd },
    region: own ?? region,
    pricesAsOf: asOf,
  }));
});
