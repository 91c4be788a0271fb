import type { Access } from './access';
import type { SpendApproval } from './costGuard';
import type { Instances } from './instance';
import type { JobSpec } from './jobSpec/jobSpec';
import type { JobList } from './listedJob';
import type { JobStatus } from './trainingJob';
import type { Event } from '../lib/event';

/** A platform where ML work runs. Its connections appear and go as accounts, hosts and settings do. */
export interface Provider {
  readonly id: string;
  readonly label: string;
  /** Called at the first look and after each `onDidChangeConnections`; cheap, and never asks the network. */
  connections(): Promise<readonly Connection[]>;
  readonly onDidChangeConnections: Event<void>;
  /**
   * A connection that is not listed and still exists by its id, as several hosts taken together (`ssh/a,b`); `undefined` where the id
   * means nothing here. The same object for the same id. Throws `ProviderError` where it would be one of this provider's, and can't be.
   */
  unlisted?(id: string): Promise<Connection | undefined>;
  /** Present where a person can add connections by hand. */
  readonly adding?: Adding;
  /** Closes what it holds open, at the end of this process. */
  dispose?(): void;
}

/** How a person adds a connection: one line of text. */
export interface Adding {
  /** Of the kind of thing, such as `SSH Machine`. */
  readonly title: string;
  readonly prompt: string;
  readonly example: string;
  /** What is wrong with the text so far, in one sentence. Pure: called at each key. */
  check(text: string): string | undefined;
  /**
   * What there is to choose from in place of typing, one question after the other: `chosen` are the answers so far. The last ones,
   * joined by spaces, are the text. `undefined` where nothing is left to be asked. Absent where all is typed.
   */
  choices?(chosen: readonly string[], signal: AbortSignal): Promise<AddingChoices | undefined>;
  /** Gives the new connection's id, or `undefined` when the person declined. */
  add(text: string, signal: AbortSignal): Promise<string | undefined>;
}

export interface AddingChoices {
  /** Such as `Which region?` */
  readonly question: string;
  /** The likely ones first. */
  readonly items: readonly AddingChoice[];
}

export interface AddingChoice {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
}

/**
 * One account and region, workspace, project or host. A facet is there exactly when it works, so nobody asks which
 * platform this is.
 */
export interface Connection {
  /** Stable over restarts and unique over providers, such as `local` or `ssh/gpu-1`. */
  readonly id: string;
  readonly label: string;
  readonly trainingJobs?: TrainingJobs;
  readonly instances?: Instances;
  /** Present where one signs in, or needs permissions that the platform can be asked about. */
  readonly access?: Access;
  /** Takes it out of Trainyard's list; the platform is left alone. Present where a person added it. */
  readonly remove?: (signal: AbortSignal) => Promise<void>;
}

/** A place where a job could run, with its price: one line of the plan. */
export interface Offer {
  readonly connection: string;
  readonly region: string | null;
  readonly instanceType: string | null;
  readonly nodes: number;
  /** Per node, such as `A100:8`; `null` without any. */
  readonly accelerators: string | null;
  readonly spot: boolean;
  /** All nodes together; `null` when the price is not known, which is never the same as free. */
  readonly hourlyUsd: number | null;
  /** ISO date of the price list, `null` where no list is involved. */
  readonly pricesAsOf: string | null;
  readonly possible: boolean;
  /** Why it is impossible, or what is worth knowing: sentences, which may stand on lines of their own. */
  readonly why: string;
  /** Seconds after which the platform itself ends the job, whatever happens; absent where it has no such limit. */
  readonly stopsAfter?: number;
  /** Container image that it would run in; absent where it runs without one. */
  readonly image?: string;
}

/** A field of the job file that a platform can't honour. Shown as a warning at its line. */
export interface Unsupported {
  /** Where in the job file, such as `['resources', 'use_spot']`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface Submission {
  /** Also the platform's idempotency key: submitting one id twice makes one job. */
  readonly id: string;
  readonly spec: JobSpec;
  /** Values of the job's secrets. Kept in memory and handed to the job's environment only. */
  readonly secrets: ReadonlyMap<string, string>;
  /** The job's own folder on this computer (`core/jobFolder`), which exists and holds `job.json` and `job.yaml`. */
  readonly folder: string;
  /** Absolute path that the job file's relative paths start from. */
  readonly baseFolder: string;
  readonly onProgress: (message: string) => void;
}

export type LogChannel = 'log' | 'telemetry';

export interface LogStreamId {
  readonly node: number;
  readonly channel: LogChannel;
}

export interface LogChunk {
  readonly bytes: Uint8Array;
  /** Hand it to `logs` to go on right after this chunk, also in another process. */
  readonly next: string;
  /** When all of its bytes were written, where the platform tells. Every chunk of a stream has them, or none. */
  readonly times?: readonly ByteTime[];
}

/** Of a chunk's bytes the first `bytes`, less those of the entry before it, were written by `t`, in unix milliseconds. */
export interface ByteTime {
  readonly bytes: number;
  readonly t: number;
}

/** A folder or a single file that the job left. */
export interface JobOutput {
  readonly name: string;
  /** Relative to `folder`, with `/`. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Absolute path of the folder, or of the one that the file is in, where the output is on this computer. */
  readonly folder?: string;
}

export interface MachineType {
  /** Such as `ml.g5.xlarge`. */
  readonly name: string;
  /** Its size, such as `1×A10G, 24 GB · 4 CPUs, 16 GB`. */
  readonly words: string;
}

/** The `id` of a job is its own, or what the platform calls it where it was started elsewhere (`list`). */
export interface TrainingJobs {
  /** What it would take to run `spec` here. Starts nothing and costs nothing. */
  plan(spec: JobSpec, signal: AbortSignal): Promise<readonly Offer[]>;

  /** What a job file may name as `instance_type` here, those with GPUs first. Absent where machines have no types. */
  types?(): readonly MachineType[];

  /** What of `spec` can't be honoured here. Pure: called at each pause in typing. */
  unsupported(spec: JobSpec): readonly Unsupported[];

  /** Starts the job; done when the platform has it. Throws `ProviderError`; after a throw no job exists. */
  submit(submission: Submission, approval: SpendApproval<JobSpec>, signal: AbortSignal): Promise<void>;

  /**
   * Settles a submission that was cut off: `true` when the platform has the job, `false` when it has not and, from now
   * on, never will. Called once for each open intent at a start.
   */
  settle(id: string, folder: string, signal: AbortSignal): Promise<boolean>;

  /** The job's status now. Throws `ProviderError` of kind `notFound` when the platform no longer knows it. */
  status(id: string, folder: string, signal: AbortSignal): Promise<JobStatus>;

  /** Its status now and after each change, ending after the status in which it has ended. */
  watch(id: string, folder: string, signal: AbortSignal): AsyncIterable<JobStatus>;

  /**
   * Asks the job to stop and returns once the platform took the request; `watch` tells when it is done. `reason` is one
   * line for people, kept with the job. A job that has ended or is stopping already is left as it is.
   */
  stop(id: string, folder: string, reason: string, signal: AbortSignal): Promise<void>;

  /** The stream's bytes from `from` (its start when absent); ends when the job has ended and all bytes were given. */
  logs(
    id: string,
    folder: string,
    stream: LogStreamId,
    from: string | undefined,
    signal: AbortSignal,
  ): AsyncIterable<LogChunk>;

  /** Where the stream is already a file on this computer, its path: then it is read in place and never copied. */
  logFile?(folder: string, stream: LogStreamId): string;

  outputs(id: string, folder: string, signal: AbortSignal): Promise<readonly JobOutput[]>;

  /**
   * Brings one output (its `name`) to this computer, as the folder or file `to`, which must not exist yet. Whole or not at all. Absent
   * where outputs are on this computer already.
   */
  download?(
    id: string,
    folder: string,
    output: string,
    to: string,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<void>;

  /** Frees what the platform still keeps of a job that has ended. Absent where that is all in the job's own folder. */
  remove?(id: string, folder: string, signal: AbortSignal): Promise<void>;

  /** Every job that the platform has, also those that others started. Absent where it has no others. */
  readonly list?: JobList;
}
