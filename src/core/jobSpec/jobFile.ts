import type { JobSpec } from './jobSpec';
import type { Problem } from './problem';

export interface Dag {
  readonly name: string | null;
  /** `parallel` for a job group. */
  readonly execution: 'serial' | 'parallel';
  readonly job_group: boolean;
  readonly primary_tasks: readonly string[] | null;
}

export interface JobFile {
  /** Whether SkyPilot would load it and Trainyard's own section is sound. Then `jobs` is complete. */
  readonly valid: boolean;
  readonly jobs: readonly JobSpec[];
  readonly dag: Dag;
  readonly problems: readonly Problem[];
  /** Values of inline and supplied secrets, per job. Never part of `JobSpec` but where SkyPilot substitutes them. */
  readonly secretValues: readonly ReadonlyMap<string, string>[];
}

export interface Supplied {
  readonly envs?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
}
