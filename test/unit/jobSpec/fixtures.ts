import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { aSpec } from '../../fakes/trainingJob';
import type { Candidate } from '../../../src/core/jobSpec/jobSpec';

const root = fileURLToPath(new URL('../../fixtures/jobs/', import.meta.url));

/** One small text and what SkyPilot makes of it; without `jobs` it refuses the text. */
export interface Case {
  readonly text: string;
  readonly envs?: Record<string, string>;
  readonly secrets?: Record<string, string>;
  readonly dag?: unknown;
  readonly jobs?: readonly (Record<string, unknown> & {
    readonly resources?: { mode: string; candidates: object[] };
  })[];
}

export function fixtureNames(folder: string, end: string): readonly string[] {
  return readdirSync(root + folder).filter((name) => name.endsWith(end));
}

export function fixtureText(path: string): string {
  return readFileSync(root + path, 'utf8');
}

export const candidateDefaults: Candidate = {
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

export const jobDefaults = aSpec({
  name: null,
  run: null,
  resources: { mode: 'single', candidates: [candidateDefaults] },
});
