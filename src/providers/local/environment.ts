import { join } from 'node:path';
import { jobFolder } from '../../core/jobFolder';
import type { JobSpec } from '../../core/jobSpec/jobSpec';
import type { Submission } from '../../core/provider';
import type { Environment } from '../../node/process';
import type { ProviderContext } from '../context';
import { shellPath } from './shell';
import { isReserved } from './unsupported';

/**
 * The environment of nodes.sh and all below it: this process's, the job's envs and secrets, and what the launcher is to do
 * (src/remote/launch.sh). The only place where a secret's value goes.
 */
export function jobEnvironment(
  { id, spec, secrets, folder }: Submission,
  options: { readonly shell: string; readonly masterPort: number; readonly gpusPerNode: number },
  { setting }: ProviderContext,
): Environment {
  return {
    ...inherited(process.env),
    ...passedOn(Object.entries(spec.envs)),
    ...passedOn(secrets),
    TRAINYARD_JOB_ID: id,
    TRAINYARD_NUM_NODES: String(spec.num_nodes),
    TRAINYARD_SH: shellPath(options.shell),
    TRAINYARD_GPUS_PER_NODE: String(options.gpusPerNode),
    TRAINYARD_MASTER_ADDR: '127.0.0.1',
    TRAINYARD_MASTER_PORT: String(options.masterPort),
    TRAINYARD_OUTPUTS_DIR: shellPath(join(folder, jobFolder.outputs)),
    TRAINYARD_GRACE_SECONDS: whole(setting('trainyard.local.graceSeconds')),
    TRAINYARD_SAMPLE_SECONDS: whole(setting('trainyard.local.sampleSeconds')),
    ...fromSection(spec),
  };
}

/** What the job's own section asks of the launcher. */
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

/** What belongs to the editor or to a job that we run in, and would mislead the job's programs. */
const notPassedOn =
  /^(?:ELECTRON_|VSCODE_|TRAINYARD_(?!HOME$)|SKYPILOT_|PET_|MASTER_(?:ADDR|PORT)$|SHELLOPTS$|BASHOPTS$)/;

function inherited(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !notPassedOn.test(name)));
}

function passedOn(pairs: Iterable<readonly [string, string]>): Environment {
  return Object.fromEntries([...pairs].filter(([name]) => !isReserved(name)));
}

/** Seconds as the launcher takes them; a part of one counts as a whole. */
function whole(seconds: number): string {
  return String(Math.ceil(seconds));
}
