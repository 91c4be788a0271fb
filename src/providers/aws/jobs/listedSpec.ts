import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { setTimeout as delay } from 'node:timers/promises';
import type { Candidate, JobSpec } from '../../../core/jobSpec/jobSpec';
import type { ListedSpec } from '../../../core/listedJob';
import type { Offer } from '../../../core/provider';
import type { AwsAccount } from '../account/account';
import type { KeptAnswers } from '../prices/keptAnswers';
import { managedPrices } from '../prices/managedPrices';
import { trainingType } from '../types/trainingTypes';

/** How long a job that is opened waits for its price, in milliseconds. */
const patience = 2000;

/** Values whose names say that they are nobody's to see. */
const secretName = /(?:^|[_.-])(?:token|secret|passw(?:or)?d|api[_-]?key|access[_-]?key|credentials?)$/i;

/** A training job of SageMaker as a job file would have it, with its hyperparameters among its environment variables. */
export async function listedSpec(
  job: DescribeTrainingJobResponse,
  account: AwsAccount,
  kept: KeptAnswers,
): Promise<ListedSpec> {
  const { TrainingJobName: name = '', ResourceConfig: resources, CreationTime: created } = job;
  const group = resources?.InstanceGroups?.[0];
  const instanceType = resources?.InstanceType ?? group?.InstanceType ?? null;
  const nodes = nodeCount(job);
  const spot = job.EnableManagedSpotTraining ?? false;
  const gpu = trainingType(instanceType ?? '')?.gpu;
  const accelerators = gpu ? { [gpu.name]: gpu.count } : null;
  const image = job.AlgorithmSpecification?.TrainingImage ?? null;
  const price = await hourlyPrice(job, account, kept);
  const offer: Offer = {
    connection: account.connection,
    region: account.region,
    instanceType,
    nodes,
    accelerators: gpu ? `${gpu.name}:${gpu.count}` : null,
    spot,
    hourlyUsd: price?.usd ?? null,
    pricesAsOf: price?.asOf ?? null,
    possible: true,
    why: '',
    ...(image !== null && { image }),
  };
  const candidate: Candidate = {
    ...anyMachine,
    infra: `aws/${account.region}`,
    cloud: 'aws',
    region: account.region,
    instance_type: instanceType,
    accelerators,
    disk_size: resources?.VolumeSizeInGB ?? null,
    use_spot: spot,
    use_spot_specified: spot,
    docker_image: image,
  };
  const spec: JobSpec = {
    ...nothing,
    ...variables({ ...job.Environment, ...job.HyperParameters }),
    name,
    num_nodes: nodes,
    resources: { mode: 'single', candidates: [candidate] },
  };
  return { spec, name, createdAt: created?.getTime() ?? 0, offer };
}

export function nodeCount({ ResourceConfig: resources }: DescribeTrainingJobResponse): number {
  const groups = resources?.InstanceGroups?.reduce((sum, group) => sum + (group.InstanceCount ?? 0), 0);
  return Math.max(1, resources?.InstanceCount ?? groups ?? 1);
}

/** USD an hour on demand of all nodes: spot is billed by fewer seconds at that. `undefined` where it is not known. */
async function hourlyPrice(
  { ResourceConfig: resources }: DescribeTrainingJobResponse,
  account: AwsAccount,
  kept: KeptAnswers,
): Promise<{ readonly usd: number; readonly asOf: string } | undefined> {
  const groups = resources?.InstanceGroups ?? [{ ...resources }];
  // Who may not read prices may still open the job.
  const known = managedPrices(kept, account).catch(() => undefined);
  const prices = await Promise.race([known, delay(patience, undefined, { ref: false })]);
  if (!prices) return undefined;
  let usd = 0;
  for (const { InstanceType: type = '', InstanceCount: count = 1 } of groups) {
    const rate = Object.hasOwn(prices.value, type) ? prices.value[type] : undefined;
    if (rate === undefined) return undefined;
    usd += rate * count;
  }
  return { usd, asOf: new Date(prices.at).toISOString().slice(0, 10) };
}

function variables(
  all: Readonly<Record<string, string>>,
): Pick<JobSpec, 'envs' | 'secrets' | 'secrets_inline'> {
  const secrets = Object.keys(all)
    .filter((name) => secretName.test(name))
    .sort();
  const envs = Object.fromEntries(Object.entries(all).filter(([name]) => !secrets.includes(name)));
  return { envs, secrets, secrets_inline: secrets };
}

const nothing: JobSpec = {
  name: null,
  num_nodes: 1,
  workdir: null,
  envs: {},
  secrets: [],
  secrets_inline: [],
  secrets_to_supply: [],
  file_mounts: {},
  volumes: {},
  resources: { mode: 'single', candidates: [] },
  setup: null,
  run: null,
  service: false,
  pool: false,
  inputs: null,
  outputs: null,
  trainyard: null,
};

const anyMachine: Candidate = {
  infra: null,
  cloud: null,
  region: null,
  zone: null,
  instance_type: null,
  accelerators: null,
  accelerator_args: null,
  cpus: null,
  memory: null,
  disk_size: null,
  disk_tier: null,
  network_tier: null,
  local_disk: null,
  use_spot: false,
  use_spot_specified: false,
  job_recovery: null,
  image_id: null,
  docker_image: null,
  ports: null,
  labels: null,
  autostop: null,
  hooks: null,
  priority: null,
  priority_class: null,
  max_hourly_cost: null,
  volumes: null,
  config_overrides: null,
};
