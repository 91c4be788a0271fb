import type { JobSpec } from '../../core/jobSpec/jobSpec';
import type { Submission } from '../../core/provider';
import type { Environment } from '../../node/process';
import { isReserved } from './unsupported';

/** What a job's own file puts into the environment of nodes.sh: its envs and secrets, and what its section asks of the launcher. */
export function jobVariables({ id, spec, secrets }: Submission): Environment {
  return {
    ...passedOn(Object.entries(spec.envs)),
    ...passedOn(secrets),
    TRAINYARD_JOB_ID: id,
    TRAINYARD_NUM_NODES: String(spec.num_nodes),
    ...fromSection(spec),
  };
}

function fromSection({ trainyard }: JobSpec): Environment {
  const { outputs, guardrails } = trainyard ?? {};
  return {
    ...(outputs && {
      TRAINYARD_OUTPUTS: Object.entries(outputs)
        .map(([name, path]) => `${name}=${path}\n`)
        .join(''),
    }),
    ...(guardrails?.max_duration !== undefined && { TRAINYARD_MAX_SECONDS: whole(guardrails.max_duration) }),
    ...(guardrails?.idle_gpu && {
      TRAINYARD_IDLE_GPU_BELOW: String(guardrails.idle_gpu.below),
      TRAINYARD_IDLE_GPU_SECONDS: whole(guardrails.idle_gpu.for),
    }),
  };
}

function passedOn(pairs: Iterable<readonly [string, string]>): Environment {
  return Object.fromEntries([...pairs].filter(([name]) => !isReserved(name)));
}

/** Seconds as the launcher takes them; a part of one counts as a whole. */
export function whole(seconds: number): string {
  return String(Math.ceil(seconds));
}
