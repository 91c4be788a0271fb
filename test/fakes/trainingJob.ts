import type { JobSpec } from '../../src/core/jobSpec/jobSpec';
import type { TrainingJob } from '../../src/core/trainingJob';

/** A job that runs on two nodes of this computer, but for what a test cares about. */
export function aJob(
  changed: Partial<Omit<TrainingJob, 'spec'>> & { spec?: Partial<JobSpec> } = {},
): TrainingJob {
  const { spec, ...rest } = changed;
  return {
    id: 'digits-k3x9qa',
    name: 'digits',
    connection: 'local',
    state: 'running',
    rawState: 'running',
    createdAt: 1_000_000,
    startedAt: 1_001_000,
    nodes: [
      { rank: 0, state: 'running', phase: 'run' },
      { rank: 1, state: 'running', phase: 'run' },
    ],
    hourlyUsd: 0,
    spec: aSpec({ num_nodes: 2, ...spec }),
    ...rest,
  };
}

/** A job of one node that says hello, but for what a test cares about. */
export function aSpec(changed: Partial<JobSpec> = {}): JobSpec {
  return {
    name: 'digits',
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
    run: 'echo hello',
    service: false,
    pool: false,
    inputs: null,
    outputs: null,
    trainyard: null,
    ...changed,
  };
}
