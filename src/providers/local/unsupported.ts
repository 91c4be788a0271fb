import type { Candidate, FileMount, JobSpec } from '../../core/jobSpec/jobSpec';
import type { Unsupported } from '../../core/provider';
import { isUrl } from '../../node/uploads';

/** What of a job file this computer can't honour, each with its place in the file. */
export function unsupported(spec: JobSpec): readonly Unsupported[] {
  const found: Unsupported[] = [];
  const add = (path: readonly (string | number)[], message: string) => {
    if (!found.some((one) => one.path.join('\0') === path.join('\0'))) found.push({ path, message });
  };
  for (const [path, message] of spec.resources.candidates.filter(isForHere).flatMap(ofCandidate))
    add(path, message);
  for (const [destination, mount] of Object.entries(spec.file_mounts)) {
    const message = ofMount(destination, mount);
    if (message !== undefined) add(['file_mounts', destination], message);
  }
  for (const path of Object.keys(spec.volumes)) add(['volumes', path], 'This computer has no volumes.');
  for (const name of Object.keys(spec.envs))
    if (isReserved(name))
      add(['envs', name], 'Names with TRAINYARD_ are Trainyard’s own; this one is not passed on.');
  for (const name of spec.secrets)
    if (isReserved(name))
      add(['secrets', name], 'Names with TRAINYARD_ are Trainyard’s own; this one is not passed on.');
  if (spec.service && !spec.pool)
    add(['service'], 'On this computer it runs as a job: nothing keeps it up or sends requests to it.');
  if (spec.pool) add(['pool'], 'On this computer it runs as one job, not as a pool of workers.');
  for (const [path, message] of ofTrainyard(spec)) add(['trainyard', ...path], message);
  return found;
}

/** Variables of that kind steer the launcher. */
export function isReserved(name: string): boolean {
  return name.startsWith('TRAINYARD_');
}

/** Every field of a candidate: a new one has to be judged here. `undefined`: honoured, or nothing to honour on this computer. */
const candidateFields: {
  readonly [Key in keyof Candidate]: ((value: NonNullable<Candidate[Key]>) => string | undefined) | undefined;
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
  instance_type: () => 'This computer is what it is: the instance type means nothing here.',
  accelerator_args: () => 'This computer’s accelerators take no arguments.',
  disk_size: () => 'The job uses this computer’s disk as it is.',
  disk_tier: () => 'The job uses this computer’s disk as it is.',
  network_tier: () => 'The job uses this computer’s network as it is.',
  local_disk: () => 'The job uses this computer’s disk as it is.',
  use_spot: (spot) => (spot ? 'This computer has no spot price.' : undefined),
  use_spot_specified: undefined,
  job_recovery: () => 'A job on this computer is not started again by itself.',
  image_id: () => 'Jobs on this computer run without a container or machine image.',
  docker_image: () => 'Jobs on this computer run without a container.',
  labels: () => 'This computer takes no labels.',
  autostop: (autostop) => (autostop.enabled ? 'This computer is never stopped.' : undefined),
  hooks: () => 'This computer is never stopped, so that hooks never run.',
  priority: () => 'Jobs on this computer start at once, whatever their priority.',
  priority_class: () => 'Jobs on this computer start at once, whatever their priority.',
  volumes: () => 'This computer has no volumes.',
  config_overrides: () => 'SkyPilot’s own configuration means nothing on this computer.',
};

/** Where a field of the canonical form stands in the file, when that is another name. */
const filePaths: Partial<Record<keyof Candidate, readonly string[]>> = {
  docker_image: ['resources', 'image_id'],
  config_overrides: ['config'],
};

/** What a candidate for another place asks for is that place's to honour. */
function isForHere({ cloud }: Candidate): boolean {
  return cloud === null || cloud === 'local';
}

function ofCandidate(candidate: Candidate): (readonly [path: readonly string[], message: string])[] {
  return Object.entries(candidateFields).flatMap(([name, judge]) => {
    const key = name as keyof Candidate;
    const value = candidate[key];
    if (judge === undefined || value === null) return [];
    const message = (judge as (value: unknown) => string | undefined)(value);
    return message === undefined ? [] : [[filePaths[key] ?? ['resources', key], message] as const];
  });
}

function ofMount(destination: string, mount: FileMount): string | undefined {
  if (mount.kind === 'storage')
    return 'Buckets are not mounted on this computer: the job finds nothing here.';
  if (isUrl(mount.source))
    return 'Files from a bucket are not brought to this computer: the job finds nothing here.';
  return mountProblem(destination);
}

/** Why nothing is copied to that place; `undefined` when it is inside the working directory. */
export function mountProblem(destination: string): string | undefined {
  if (/^[~/\\]|^[A-Za-z]:/.test(destination) || destination.split(/[\\/]/).includes('..'))
    return 'On this computer only places inside the working directory are filled: make the path relative.';
  return undefined;
}

function ofTrainyard({ trainyard }: JobSpec): (readonly [path: readonly string[], message: string])[] {
  if (!trainyard) return [];
  const found: (readonly [readonly string[], string])[] = [];
  if (trainyard.register)
    found.push([['register'], 'This computer has no model registry: the model stays in the outputs.']);
  if (trainyard.retry) found.push([['retry'], 'A job on this computer is not started again by itself.']);
  if (trainyard.guardrails?.max_cost !== undefined)
    found.push([
      ['guardrails', 'max_cost'],
      'Nothing on this computer adds up its cost: limit the job with max_duration.',
    ]);
  return found;
}
