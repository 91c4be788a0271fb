import type { Candidate, JobSpec } from '../../../../core/jobSpec/jobSpec';
import type { Unsupported } from '../../../../core/provider';
import { isReserved } from '../../../launched/unsupported';
import { bucketMountProblems } from '../storage/bucketMounts';
import { imageProblem, namedImage } from './images';
import { largestVolume, strangeType } from '../../types/fitting';
import { isForHere, type Here } from './places';
import { tagProblems } from './tags';
import { longestKeepAlive, longestRun } from './times';
import { variableProblems } from './variables';
import { vpcProblem } from './vpc';

type Found = readonly [path: readonly (string | number)[], message: string | undefined];

/** What of a job file SageMaker can’t honour, and what is worth knowing before it is submitted, each with its place in the file. */
export function unsupported(spec: JobSpec, here: Here): readonly Unsupported[] {
  const candidates = spec.resources.candidates.filter((candidate) => isForHere(candidate, here));
  const all: Found[] = [
    ...candidates.flatMap((candidate) => ofCandidate(candidate, spec, here)),
    ...variableProblems(spec).map(({ path, message }): Found => [path, message]),
    ...bucketMountProblems(spec).map(({ path, message }): Found => [path, message]),
    ...Object.keys(spec.volumes).map((path): Found => [
      ['volumes', path],
      'SageMaker has no volumes that stay.',
    ]),
    ...Object.keys(spec.envs).map((name): Found => [['envs', name], reserved(name)]),
    ...spec.secrets.map((name): Found => [['secrets', name], reserved(name)]),
    ...ofService(spec),
    ...ofTrainyard(
      spec,
      candidates.some(({ use_spot: spot }) => spot),
    ),
  ];
  const found = new Map<string, Unsupported>();
  for (const [path, message] of all) {
    const key = path.join('\0');
    if (message !== undefined && !found.has(key)) found.set(key, { path, message });
  }
  return [...found.values()];
}

function reserved(name: string): string | undefined {
  return isReserved(name)
    ? 'Names with TRAINYARD_ are Trainyard’s own; this one is not passed on.'
    : undefined;
}

type Judge<Value> = (value: NonNullable<Value>) => string | undefined;

/** Every field of a candidate: a new one has to be judged here. `undefined`: honoured, or judged with others. */
const candidateFields: { readonly [Key in keyof Candidate]: Judge<Candidate[Key]> | undefined } = {
  infra: undefined,
  cloud: undefined,
  region: undefined,
  accelerators: undefined,
  cpus: undefined,
  memory: undefined,
  max_hourly_cost: undefined,
  local_disk: undefined,
  labels: undefined,
  image_id: undefined,
  docker_image: undefined,
  use_spot: undefined,
  use_spot_specified: undefined,
  instance_type: strangeType,
  disk_size: (size) =>
    size > largestVolume
      ? 'A volume of SageMaker has 16384 GB at most: the job would be refused.'
      : undefined,
  zone: () => 'SageMaker chooses the zone. To have one, name a subnet in it: trainyard.aws.subnets',
  accelerator_args: () => 'SageMaker’s accelerators take no arguments.',
  disk_tier: () => 'SageMaker’s disks are of one kind.',
  network_tier: () => 'SageMaker uses the network that the type has.',
  job_recovery: () =>
    'SageMaker starts a spot job again in the same region only; see trainyard.retry for other failures.',
  autostop: ({ enabled }) => (enabled ? 'The machines of a SageMaker job go when it ends.' : undefined),
  hooks: () => 'SageMaker has no hooks: the job gets SIGTERM and 120 seconds.',
  ports: () => 'Nothing outside can reach a port of a SageMaker job.',
  priority: () => 'SageMaker takes jobs as they come, whatever their priority.',
  priority_class: () => 'SageMaker takes jobs as they come, whatever their priority.',
  volumes: () => 'SageMaker has no volumes that stay.',
  config_overrides: () => 'SkyPilot’s own configuration means nothing here.',
};

/** Where a field of the canonical form stands in the file, when that is another place. */
const filePaths: Partial<Record<keyof Candidate, readonly string[]>> = {
  zone: ['resources', 'infra'],
  config_overrides: ['config'],
};

function ofCandidate(candidate: Candidate, spec: JobSpec, here: Here): Found[] {
  const fields = Object.entries(candidateFields).map(([name, judge]): Found => {
    const key = name as keyof Candidate;
    const value = candidate[key];
    const message = value === null ? undefined : (judge as Judge<unknown> | undefined)?.(value);
    return [filePaths[key] ?? ['resources', key], message];
  });
  return [
    ...fields,
    ...ofImage(candidate, spec, here),
    ...tagProblems(spec, candidate).map(({ path, message }): Found => [path, message]),
    [
      ['resources', 'use_spot'],
      candidate.use_spot && !spec.trainyard?.checkpoint
        ? 'An interrupted spot job starts from its beginning: save checkpoints and name their folder in trainyard.checkpoint.'
        : undefined,
    ],
  ];
}

function ofImage(candidate: Candidate, { trainyard }: JobSpec, here: Here): Found[] {
  const own = trainyard?.aws?.image;
  const named = namedImage(own, candidate, here.region);
  if (named !== undefined)
    return [
      [own === undefined ? ['resources', 'image_id'] : ['trainyard', 'aws', 'image'], imageProblem(named)],
    ];
  if (candidate.image_id === null) return [];
  return [[['resources', 'image_id'], 'SageMaker runs containers, not machine images. Name one: docker:…']];
}

function ofService(spec: JobSpec): Found[] {
  return [
    [
      ['service'],
      spec.service && !spec.pool
        ? 'It runs as a job here: nothing keeps it up or sends requests to it.'
        : undefined,
    ],
    [['pool'], spec.pool ? 'It runs as one job here, not as a pool of workers.' : undefined],
  ];
}

function ofTrainyard(spec: JobSpec, spot: boolean): Found[] {
  const { guardrails, retry, register, aws } = spec.trainyard ?? {};
  const longest = guardrails?.max_duration;
  const { keep_alive: kept, max_wait: wait } = aws ?? {};
  const at = (path: readonly string[], message: string | false | undefined): Found => [
    ['trainyard', ...path],
    message === false ? undefined : message,
  ];
  return [
    at(
      ['register'],
      register && 'Models are not registered in SageMaker yet: the model stays in the outputs.',
    ),
    at(
      ['guardrails', 'max_duration'],
      longest !== undefined && longest > longestRun && 'SageMaker stops every job after 28 days.',
    ),
    at(
      ['retry', 'on'],
      retry?.on.includes('job_failure') &&
        'SageMaker starts a job again after failures of its own machines, not after the job’s.',
    ),
    at(['retry', 'max_restarts'], restartsMessage(retry, spot)),
    at(
      ['aws', 'keep_alive'],
      kept === undefined
        ? undefined
        : spot
          ? 'Spot machines can’t be kept for the next job.'
          : kept > longestKeepAlive && 'SageMaker keeps machines for an hour at most.',
    ),
    at(
      ['aws', 'max_wait'],
      wait !== undefined && spot && wait < (longest ?? 0)
        ? 'It is shorter than max_duration, which a job must be given: it waits that long.'
        : wait !== undefined && !spot && 'Only a spot job waits for machines: see resources.use_spot.',
    ),
    at([...vpcPath(spec)], vpcProblem(spec)),
  ];
}

function restartsMessage(
  retry: NonNullable<JobSpec['trainyard']>['retry'],
  spot: boolean,
): string | undefined {
  if (!retry) return undefined;
  if (spot && retry.on.includes('spot_interruption'))
    return 'SageMaker starts an interrupted spot job again as often as its longest wait allows (trainyard.aws.max_wait), not so many times.';
  return retry.max_restarts > 30 ? 'SageMaker starts a job again 30 times at most.' : undefined;
}

function vpcPath({ trainyard }: JobSpec): readonly string[] {
  return ['aws', (trainyard?.aws?.subnets ?? []).length > 0 ? 'subnets' : 'security_groups'];
}
