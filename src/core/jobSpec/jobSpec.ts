import type { TrainyardSection } from './trainyardSection';

/** A value as JSON has it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * One job in canonical form: what SkyPilot 0.14.1 understands of one document of a job file, in its own words, and
 * Trainyard's section. Two spellings of the same job have the same canonical form.
 */
export interface JobSpec {
  readonly name: string | null;
  /** At least 1. */
  readonly num_nodes: number;
  /** A folder, relative to the job file's, or a git repository. */
  readonly workdir: string | GitWorkdir | null;
  readonly envs: Readonly<Record<string, string>>;
  /** Names of all secrets, sorted: the union of the next two. */
  readonly secrets: readonly string[];
  /** Names of secrets whose value is in the file or was supplied. The values are in `JobFile.secretValues` only. */
  readonly secrets_inline: readonly string[];
  /** Names of secrets that must be given when the job is submitted. */
  readonly secrets_to_supply: readonly string[];
  /** By destination. */
  readonly file_mounts: Readonly<Record<string, FileMount>>;
  /** By mount path: the volume's name, or its description. */
  readonly volumes: Readonly<Record<string, Json>>;
  readonly resources: Resources;
  readonly setup: string | null;
  readonly run: string | null;
  /** Whether the job serves requests or is a pool of workers. */
  readonly service: boolean;
  readonly pool: boolean;
  /** URL of a data set, for cost estimates only. */
  readonly inputs: string | null;
  readonly outputs: string | null;
  /** `null` when the file has no such section. */
  readonly trainyard: TrainyardSection | null;
}

export interface GitWorkdir {
  readonly url: string;
  /** Branch, tag or commit. */
  readonly ref?: string;
}

export type FileMount = CopyMount | StorageMount;

export interface CopyMount {
  readonly kind: 'copy';
  /** A local path or a bucket's URL. */
  readonly source: string;
}

export interface StorageMount {
  readonly kind: 'storage';
  readonly name: string | null;
  readonly source: string | readonly string[] | null;
  /** Upper case, such as `S3`. */
  readonly stores: readonly string[];
  readonly mode: 'MOUNT' | 'COPY' | 'MOUNT_CACHED';
  readonly persistent: boolean;
}

export interface Resources {
  /** `any_of`: any candidate will do, in no order; `ordered`: the first that can be had. */
  readonly mode: 'single' | 'any_of' | 'ordered';
  readonly candidates: readonly Candidate[];
}

/** One machine that would do. */
export interface Candidate {
  /** Such as `aws/us-east-1`; `null` anywhere. */
  readonly infra: string | null;
  readonly cloud: string | null;
  readonly region: string | null;
  readonly zone: string | null;
  readonly instance_type: string | null;
  /** Count by name, per node. At most one entry. */
  readonly accelerators: Readonly<Record<string, number>> | null;
  readonly accelerator_args: Readonly<Record<string, Json>> | null;
  /** As written: `4`, `4+`, `0.5`. */
  readonly cpus: string | null;
  /** GB as written (`16`, `16+`), or converted where it had a unit. */
  readonly memory: string | null;
  /** GB; `null` is the default of 256. */
  readonly disk_size: number | null;
  readonly disk_tier: string | null;
  readonly network_tier: string | null;
  readonly local_disk: string | null;
  readonly use_spot: boolean;
  readonly use_spot_specified: boolean;
  readonly job_recovery: Readonly<Record<string, Json>> | null;
  /** By region; the key `''` means any. */
  readonly image_id: Readonly<Record<string, string>> | null;
  /** The container image without `docker:`. */
  readonly docker_image: string | null;
  /** Sorted, ranges merged: `['80', '8000-8010']`. */
  readonly ports: readonly string[] | null;
  readonly labels: Readonly<Record<string, string>> | null;
  readonly autostop: Autostop | null;
  readonly hooks: readonly Hook[] | null;
  readonly priority: number | null;
  readonly priority_class: string | null;
  /** USD. */
  readonly max_hourly_cost: number | null;
  readonly volumes: readonly Readonly<Record<string, Json>>[] | null;
  readonly config_overrides: Readonly<Record<string, Json>> | null;
}

export interface Autostop {
  readonly enabled: boolean;
  readonly idle_minutes: number;
  readonly down: boolean;
  readonly wait_for: 'jobs_and_ssh' | 'jobs' | 'none' | null;
}

export interface Hook {
  readonly run: string;
  readonly events: readonly string[];
  /** Seconds. */
  readonly timeout: number;
}
