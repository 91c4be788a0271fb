import type { Candidate, FileMount, JobSpec } from '../../core/jobSpec/jobSpec';
import type { Unsupported } from '../../core/provider';
import { isUrl } from '../../node/uploads';
import { isForHere } from './fit';

/** A kind of computer on which the launcher runs jobs, for messages and for what differs. */
export interface LaunchPlace {
  /** What a job file calls it, such as `local` or `ssh/gpu-1`. */
  readonly infra: string;
  /** At the start of a sentence, such as `This computer`. */
  readonly name: string;
  /** What is said of a wish that it be stopped when it is idle. */
  readonly autostop: string;
  /** Why nothing is copied to that destination of a file mount; `undefined` when it is. */
  mountProblem(destination: string): string | undefined;
}

/** What of a job file such a computer can't honour, each with its place in the file. */
export function unsupported(spec: JobSpec, here: LaunchPlace): readonly Unsupported[] {
  const found: Unsupported[] = [];
  const add = (path: readonly (string | number)[], message: string) => {
    if (!found.some((one) => one.path.join('\0') === path.join('\0'))) found.push({ path, message });
  };
  for (const [path, message] of spec.resources.candidates
    .filter((candidate) => isForHere(candidate, here.infra))
    .flatMap((candidate) => ofCandidate(candidate, here)))
    add(path, message);
  for (const [destination, mount] of Object.entries(spec.file_mounts)) {
    const message = ofMount(destination, mount, here);
    if (message !== undefined) add(['file_mounts', destination], message);
  }
  for (const path of Object.keys(spec.volumes)) add(['volumes', path], `${here.name} has no volumes.`);
  for (const name of Object.keys(spec.envs))
    if (isReserved(name))
      add(['envs', name], 'Names with TRAINYARD_ are Trainyard’s own; this one is not passed on.');
  for (const name of spec.secrets)
    if (isReserved(name))
      add(['secrets', name], 'Names with TRAINYARD_ are Trainyard’s own; this one is not passed on.');
  if (spec.service && !spec.pool)
    add(['service'], 'It runs as a job here: nothing keeps it up or sends requests to it.');
  if (spec.pool) add(['pool'], 'It runs as one job here, not as a pool of workers.');
  for (const [path, message] of ofTrainyard(spec, here)) add(['trainyard', ...path], message);
  return found;
}

/** Variables of that kind steer the launcher. */
export function isReserved(name: string): boolean {
  return name.startsWith('TRAINYARD_');
}

/** Every field of a candidate: a new one has to be judged here. `undefined`: honoured, or nothing to honour here. */
const candidateFields: {
  readonly [Key in keyof Candidate]:
    ((value: NonNullable<Candidate[Key]>, here: LaunchPlace) => string | undefined) | undefined;
} = {
  // These decide whether the job can run here at all, and the plan says so.
  infra: undefined,
  cloud: undefined,
  region: undefined,
  zone: undefined,
  accelerators: undefined,
  cpus: undefined,
  memory: undefined,
  max_hourly_cost: undefined,
  // A job here may open any port.
  ports: undefined,
  instance_type: (_, { name }) => `${name} is what it is: the instance type means nothing here.`,
  accelerator_args: (_, { name }) => `${name}’s accelerators take no arguments.`,
  disk_size: () => 'The job uses the disk as it is.',
  disk_tier: () => 'The job uses the disk as it is.',
  network_tier: () => 'The job uses the network as it is.',
  local_disk: () => 'The job uses the disk as it is.',
  use_spot: (spot, { name }) => (spot ? `${name} has no spot price.` : undefined),
  use_spot_specified: undefined,
  job_recovery: () => 'A job here is not started again by itself.',
  image_id: () => 'Jobs run without a container or machine image here.',
  docker_image: () => 'Jobs run without a container here.',
  labels: (_, { name }) => `${name} takes no labels.`,
  autostop: (autostop, here) => (autostop.enabled ? here.autostop : undefined),
  hooks: () => 'The job does not stop the machine, so that hooks never run.',
  priority: () => 'Jobs here start at once, whatever their priority.',
  priority_class: () => 'Jobs here start at once, whatever their priority.',
  volumes: (_, { name }) => `${name} has no volumes.`,
  config_overrides: () => 'SkyPilot’s own configuration means nothing here.',
};

/** Where a field of the canonical form stands in the file, when that is another name. */
const filePaths: Partial<Record<keyof Candidate, readonly string[]>> = {
  docker_image: ['resources', 'image_id'],
  config_overrides: ['config'],
};

function ofCandidate(
  candidate: Candidate,
  here: LaunchPlace,
): (readonly [path: readonly string[], message: string])[] {
  return Object.entries(candidateFields).flatMap(([name, judge]) => {
    const key = name as keyof Candidate;
    const value = candidate[key];
    if (judge === undefined || value === null) return [];
    const message = (judge as (value: unknown, here: LaunchPlace) => string | undefined)(value, here);
    return message === undefined ? [] : [[filePaths[key] ?? ['resources', key], message] as const];
  });
}

function ofMount(destination: string, mount: FileMount, here: LaunchPlace): string | undefined {
  if (mount.kind === 'storage') return 'Buckets are not mounted here: the job finds nothing there.';
  if (isUrl(mount.source)) return 'Files from a bucket are not brought here: the job finds nothing there.';
  return here.mountProblem(destination);
}

function ofTrainyard(
  { trainyard }: JobSpec,
  { name }: LaunchPlace,
): (readonly [path: readonly string[], message: string])[] {
  if (!trainyard) return [];
  const found: (readonly [readonly string[], string])[] = [];
  if (trainyard.register)
    found.push([['register'], `${name} has no model registry: the model stays in the outputs.`]);
  if (trainyard.retry) found.push([['retry'], 'A job here is not started again by itself.']);
  if (trainyard.guardrails?.max_cost !== undefined)
    found.push([
      ['guardrails', 'max_cost'],
      'Nothing here adds up its cost: limit the job with max_duration.',
    ]);
  return found;
}
