import type { JobPage, ListedJob } from './listedJob';
import { hasEnded, jobStates, platformIdOf, type TrainingJob } from './trainingJob';

/**
 * What is known of a connection's jobs. All times but `askedAt` and `loadedAt` are the platform's, so that the clock of this computer
 * decides nothing about what is asked for.
 */
export interface JobListing {
  /** By the time they were made, the newest first; at most `mostListed`. */
  readonly jobs: readonly ListedJob[];
  /** Every change before this time is in `jobs`; absent before the first page. */
  readonly changedUntil?: number;
  /** How far the load of all jobs has come; absent where it is not under way. */
  readonly load?: JobLoad;
  /** When all jobs had been loaded last, and when the platform was last asked for what changed: unix ms of this computer. */
  readonly loadedAt?: number;
  readonly askedAt?: number;
}

export interface JobLoad {
  readonly next: string;
  /** When the oldest job of the last page was made. */
  readonly oldest: number;
}

export const mostListed = 10_000;
/** Lists come late: so many milliseconds are asked for again each time. */
const overlap = 120_000;
/** A job that was made so lately may be missing from a list that has others of its time. */
const young = 3_600_000;

/** No job was made later. */
const latest = Number.MAX_SAFE_INTEGER;

export const noListing: JobListing = { jobs: [] };

/** From when on changes are asked for. */
export function changesSince({ changedUntil = 0 }: JobListing): number {
  return Math.max(0, changedUntil - overlap);
}

/** Takes in some jobs in any order; of two words about one job the later counts. */
export function withJobs(listing: JobListing, jobs: readonly ListedJob[]): JobListing {
  const known = new Map(listing.jobs.map((job) => [job.id, job]));
  for (const job of jobs) {
    const before = known.get(job.id);
    if (!before || before.changedAt <= job.changedAt) known.set(job.id, job);
  }
  return { ...listing, jobs: inOrder([...known.values()]) };
}

/** After all pages of what changed since `changesSince`: `newest` is the latest change among them, if any. */
export function upToDate(listing: JobListing, newest: number | undefined, now: number): JobListing {
  const changedUntil = Math.max(listing.changedUntil ?? 0, newest ?? 0);
  return { ...listing, changedUntil, askedAt: now };
}

/**
 * Takes in the next page of a load of all jobs, the newest first. A job that has ended and is no longer where it would be in this page is
 * gone; whether others are can't be told, as lists come late.
 */
export function withPage(listing: JobListing, { jobs, next }: JobPage, now: number): JobListing {
  const oldest = Math.min(listing.load?.oldest ?? latest, ...jobs.map(({ createdAt }) => createdAt));
  const newest = listing.load?.oldest ?? latest;
  const there = new Set(jobs.map(({ id }) => id));
  const lastMade = Math.max(0, ...listing.jobs.map(({ createdAt }) => createdAt));
  const isGone = ({ id, createdAt, state }: ListedJob) =>
    !there.has(id) &&
    hasEnded(state) &&
    lastMade - createdAt > young &&
    createdAt < newest &&
    (next === undefined || createdAt > oldest);
  const kept = listing.jobs.filter((job) => !isGone(job));
  const { load, ...merged } = withJobs({ ...listing, jobs: kept }, jobs);
  // What changes while the load goes on has to be asked for later: the time before it counts.
  const first = load === undefined;
  const changed = Math.max(0, ...jobs.map(({ changedAt }) => changedAt));
  const begun = { ...merged, ...(first && { changedUntil: changed }) };
  const over =
    next === undefined || merged.jobs.filter((job) => job.createdAt >= oldest).length >= mostListed;
  return over ? { ...begun, loadedAt: now } : { ...begun, load: { next, oldest } };
}

/** The platform says that it has no such job. */
export function withoutJob(listing: JobListing, id: string): JobListing {
  return { ...listing, jobs: listing.jobs.filter((job) => job.id !== id) };
}

/**
 * Those of a connection's list that are not among the jobs here. Two profiles may lead to one account: a job that was submitted here has an id of
 * its own, and is known by that through either.
 */
export function startedElsewhere(
  listed: readonly ListedJob[],
  connection: string,
  jobs: readonly TrainingJob[],
): readonly ListedJob[] {
  const place = placeOf(connection);
  const isSeen = (job: TrainingJob) =>
    job.connection === connection || (job.platformId === undefined && placeOf(job.connection) === place);
  const here = new Set(jobs.filter(isSeen).map(platformIdOf));
  return listed.filter(({ id }) => !here.has(id));
}

/** `aws/us-east-1` of `aws/us-east-1@work`. */
function placeOf(connection: string): string | undefined {
  return connection.split('@')[0];
}

/** Of what was kept in a file; `undefined` where that is no such thing, or another version's. */
export function readListing(text: string): JobListing | undefined {
  let value: Partial<JobListing> | null;
  try {
    value = JSON.parse(text) as Partial<JobListing> | null;
  } catch {
    return undefined;
  }
  if (!Array.isArray(value?.jobs)) return undefined;
  const { changedUntil, load, loadedAt, askedAt } = value;
  const times = [changedUntil, loadedAt, askedAt, load?.oldest];
  const whole =
    value.jobs.every(isListed) &&
    times.every((time) => time === undefined || typeof time === 'number') &&
    (load === undefined || typeof load.next === 'string');
  return whole ? (value as JobListing) : undefined;
}

function isListed(job: Partial<ListedJob> | null): job is ListedJob {
  return (
    typeof job?.id === 'string' &&
    typeof job.name === 'string' &&
    typeof job.rawState === 'string' &&
    jobStates.some((state) => state === job.state) &&
    Number.isFinite(job.createdAt) &&
    Number.isFinite(job.changedAt) &&
    (job.endedAt === undefined || Number.isFinite(job.endedAt))
  );
}

function inOrder(jobs: readonly ListedJob[]): readonly ListedJob[] {
  return jobs.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)).slice(0, mostListed);
}
