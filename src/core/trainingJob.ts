import type { JobSpec } from './jobSpec/jobSpec';

export const jobStates = [
  'queued',
  'starting',
  'running',
  'stopping',
  'succeeded',
  'failed',
  'stopped',
  'unknown',
] as const;

export type JobState = (typeof jobStates)[number];

const ended: Record<JobState, boolean> = {
  queued: false,
  starting: false,
  running: false,
  stopping: false,
  succeeded: true,
  failed: true,
  stopped: true,
  unknown: false,
};

/** Whether a job in `state` has come to its end, so that neither it nor its cost will change again. */
export function hasEnded(state: JobState): boolean {
  return ended[state];
}

/** How one node, or the job as a whole, came to its end. */
export interface JobExit {
  /** Absent when a signal ended it. */
  readonly code?: number;
  /** Such as `SIGKILL`. */
  readonly signal?: string;
  /** One sentence for people: what ended it. */
  readonly reason: string;
  /** Rank of the node that decided the job's end. */
  readonly node?: number;
}

export interface JobNode {
  readonly rank: number;
  readonly state: JobState;
  /** The phase that runs now, or ran until a moment ago: `setup`, `run`, or a word of the job's own such as `epoch 3`. */
  readonly phase?: string;
  readonly exit?: JobExit;
}

/** What a platform says of a job now. Times are unix milliseconds. */
export interface JobStatus {
  readonly state: JobState;
  /** The platform's own word, for tooltips; never branched on. */
  readonly rawState: string;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly nodes: readonly JobNode[];
  readonly exit?: JobExit;
  /** Seconds that count at the job's price per hour, where the platform says so; else those since it started count. */
  readonly billedSeconds?: number;
  /** What else the platform says, for people. */
  readonly facts?: readonly JobFact[];
  /** What the platform did with it and when, oldest first. */
  readonly steps?: readonly JobStep[];
}

/** Something that a platform does around a job’s own scripts. Times are unix milliseconds. */
export interface JobStep {
  /** For people, such as `pulling the image`. */
  readonly label: string;
  /** `work` takes its time; so does `run`, in which the job’s own scripts run; the others are moments that matter. */
  readonly kind: 'work' | 'run' | 'restart' | 'stop';
  readonly from: number;
  /** Absent while it lasts. */
  readonly to?: number;
}

/** Such as `Spot saving`, `62 %`. All is the platform's text, so untrusted. */
export interface JobFact {
  readonly label: string;
  readonly value: string;
  /** Lines that say more, such as what happened when. */
  readonly detail?: readonly string[];
}

/** A job as Trainyard remembers it: what was asked for, and how it is. */
export interface TrainingJob extends JobStatus {
  /** Unique over all connections: the name, a dash and six letters or digits. */
  readonly id: string;
  readonly name: string;
  /** Id of the `Connection` it runs on. */
  readonly connection: string;
  /** What its platform calls it. Present for a job that was started outside this Trainyard, and was opened here. */
  readonly platformId?: string;
  readonly createdAt: number;
  /** Price of all nodes together. Absent when it is not known, which is never the same as free. */
  readonly hourlyUsd?: number;
  /** The job file it came from, where that was a file. */
  readonly source?: string;
  /** Values of secrets are not part of it. */
  readonly spec: JobSpec;
}

/** What its platform knows it by. */
export function platformIdOf({ id, platformId }: Pick<TrainingJob, 'id' | 'platformId'>): string {
  return platformId ?? id;
}

/** What the job has cost so far, in USD, or `undefined` when its price is not known. */
export function costUsd(job: TrainingJob, now: number): number | undefined {
  if (job.hourlyUsd === undefined) return undefined;
  if (job.billedSeconds !== undefined) return (job.billedSeconds / 3600) * job.hourlyUsd;
  const from = job.startedAt ?? job.createdAt;
  return (Math.max(0, (job.endedAt ?? now) - from) / 3_600_000) * job.hourlyUsd;
}
