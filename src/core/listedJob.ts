import type { JobSpec } from './jobSpec/jobSpec';
import type { Offer } from './provider';
import type { JobState } from './trainingJob';

/** A job as its platform's list has it, whoever started it. Times are unix milliseconds by the platform's clock; all text is untrusted. */
export interface ListedJob {
  /** The platform's own, unique in its connection. */
  readonly id: string;
  readonly name: string;
  readonly state: JobState;
  /** The platform's own word; never branched on. */
  readonly rawState: string;
  readonly createdAt: number;
  /** When the platform last changed anything of it. */
  readonly changedAt: number;
  readonly endedAt?: number;
}

export interface JobPage {
  readonly jobs: readonly ListedJob[];
  /** Hand it to `pages` to go on behind this page, also in another process and days later. Absent on the last page. */
  readonly next?: string;
}

export interface JobsWanted {
  /** Unix milliseconds by the platform's clock: only jobs that changed then or later, in any order. Absent: all, the newest first. */
  readonly changedSince?: number;
  /** `next` of a page of the same query. */
  readonly from?: string;
}

/** What the platform says a job was started with. */
export interface ListedSpec {
  /** As far as it can be told: what was run in its containers is not part of it. */
  readonly spec: JobSpec;
  readonly name: string;
  readonly createdAt: number;
  /** On which machines it runs, and at what price. */
  readonly offer: Offer;
}

/** The jobs of a connection, whoever started them. */
export interface JobList {
  /** One call to the platform a page, no more often than is polite. */
  pages(wanted: JobsWanted, signal: AbortSignal): AsyncIterable<JobPage>;

  /** Throws `notFound` where the platform no longer has it. */
  describe(id: string, signal: AbortSignal): Promise<ListedSpec>;
}
