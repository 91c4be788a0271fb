import { join } from 'node:path';
import { jobFolder } from '../../core/jobFolder';
import type { Submission } from '../../core/provider';
import type { Environment } from '../../node/process';
import type { ProviderContext } from '../context';
import { jobVariables, whole } from '../launched/environment';
import { shellPath } from './shell';

/**
 * The environment of nodes.sh and all below it: this process's, the job's envs and secrets, and what the launcher is to do
 * (src/remote/launch.sh). The only place where a secret's value goes.
 */
export function jobEnvironment(
  submission: Submission,
  options: { readonly shell: string; readonly masterPort: number; readonly gpusPerNode: number },
  { setting }: ProviderContext,
): Environment {
  return {
    ...inherited(process.env),
    ...jobVariables(submission),
    TRAINYARD_SH: shellPath(options.shell),
    TRAINYARD_GPUS_PER_NODE: String(options.gpusPerNode),
    TRAINYARD_MASTER_ADDR: '127.0.0.1',
    TRAINYARD_MASTER_PORT: String(options.masterPort),
    TRAINYARD_OUTPUTS_DIR: shellPath(join(submission.folder, jobFolder.outputs)),
    TRAINYARD_GRACE_SECONDS: whole(setting('trainyard.local.graceSeconds')),
    TRAINYARD_SAMPLE_SECONDS: whole(setting('trainyard.local.sampleSeconds')),
  };
}

/** What belongs to the editor or to a job that we run in, and would mislead the job's programs. */
const notPassedOn =
  /^(?:ELECTRON_|VSCODE_|TRAINYARD_(?!HOME$)|SKYPILOT_|PET_|MASTER_(?:ADDR|PORT)$|SHELLOPTS$|BASHOPTS$)/;

function inherited(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !notPassedOn.test(name)));
}
