import { join } from 'node:path';
import { asError, CancelledError, ProviderError } from '../../core/errors';
import {
  changesSince,
  noListing,
  upToDate,
  withJobs,
  withoutJob,
  withPage,
  type JobListing,
} from '../../core/jobListing';
import type { JobList, ListedJob } from '../../core/listedJob';
import type { Disposable } from '../../lib/disposables';
import { Emitter } from '../../lib/event';
import type { Connections } from '../connections';
import { ListingFile } from './listingFile';

/** What there is to see of a connection's jobs now. */
export interface ListedJobs {
  /** The newest first; whoever started them. */
  readonly jobs: readonly ListedJob[];
  readonly loading: boolean;
  /** Whether all jobs were loaded once. */
  readonly whole: boolean;
  /** Why the last refresh failed; it goes on where it was at the next one. */
  readonly problem?: Error;
}

export interface JobListsParts {
  readonly home: string;
  readonly connections: Connections;
  readonly now: () => number;
}

/** Milliseconds for which what another window has just been told is good enough. */
const fresh = 3000;
/** Milliseconds after which all jobs are loaded anew: only so those that were deleted are found. */
const reload = 7 * 86_400_000;
/** Milliseconds between two writes while a load goes on. */
const writeEvery = 1000;

/**
 * The jobs of the connections that can list them, kept in files so that they are there at once. The platform is asked only when somebody
 * wants that, and after the first time only for what changed.
 */
export class JobLists implements Disposable {
  private readonly lists = new Map<string, OneList>();
  private readonly closing = new AbortController();
  private readonly changed = new Emitter<string>();

  /** Id of the connection whose jobs, or how they are loaded, changed. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly parts: JobListsParts) {}

  /** Ids of the connections that can list their jobs. */
  async connections(): Promise<readonly string[]> {
    const entries = await this.parts.connections.all();
    return entries.flatMap((entry) =>
      entry.kind === 'connection' && entry.connection.trainingJobs?.list ? [entry.connection.id] : [],
    );
  }

  /** What is known now, without asking the platform. */
  async read(connection: string): Promise<ListedJobs> {
    const list = this.of(connection);
    await list.read();
    return list.seen;
  }

  /** As it was last read. */
  seen(connection: string): ListedJobs {
    return this.of(connection).seen;
  }

  /**
   * Asks the platform for what changed, or for all at the first time, unless it was just asked. One at a time for a connection: who comes
   * later waits for the same.
   */
  refresh(connection: string, signal: AbortSignal): Promise<void> {
    return this.ask(connection, false, signal);
  }

  /** The same for a person who asks for it: what the platform told a moment ago is not good enough. */
  askAnew(connection: string, signal: AbortSignal): Promise<void> {
    return this.ask(connection, true, signal);
  }

  /** Ends a refresh that goes on. What has come by then is kept, and the next one goes on from there. */
  cancel(connection: string): void {
    this.of(connection).cancel();
  }

  /** The platform said that it has no such job. */
  async forget(connection: string, id: string): Promise<void> {
    await this.of(connection).change((listing) => withoutJob(listing, id));
  }

  dispose(): void {
    this.closing.abort();
    this.changed.dispose();
  }

  private async ask(connection: string, anew: boolean, signal: AbortSignal): Promise<void> {
    const { trainingJobs } = await this.parts.connections.get(connection);
    if (!trainingJobs?.list) throw new ProviderError('unavailable', `${connection} has no list of its jobs.`);
    const list = this.of(connection);
    const refreshing = list.refresh(trainingJobs.list, anew, this.closing.signal);
    const cancel = () => {
      list.cancel();
    };
    signal.addEventListener('abort', cancel);
    if (signal.aborted) cancel();
    try {
      await refreshing;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  private of(connection: string): OneList {
    const known = this.lists.get(connection);
    if (known) return known;
    const path = join(this.parts.home, 'lists', `${encodeURIComponent(connection)}.json`);
    const list = new OneList(new ListingFile(path), this.parts.now, () => {
      if (!this.closing.signal.aborted) this.changed.fire(connection);
    });
    this.lists.set(connection, list);
    return list;
  }
}

/** The jobs of one connection. */
class OneList {
  private listing: JobListing = noListing;
  private running: { readonly done: Promise<void>; readonly abort: AbortController } | undefined;
  private problem: Error | undefined;
  /** Somebody wants to know what changed up to now. */
  private anew = false;
  private writtenAt = 0;

  constructor(
    private readonly file: ListingFile,
    private readonly now: () => number,
    private readonly changed: () => void,
  ) {}

  get seen(): ListedJobs {
    return {
      jobs: this.listing.jobs,
      loading: this.running !== undefined,
      whole: this.listing.loadedAt !== undefined,
      ...(this.problem && { problem: this.problem }),
    };
  }

  async read(): Promise<void> {
    if (this.running) return;
    const kept = await this.file.read();
    if (kept) this.listing = kept;
  }

  refresh(list: JobList, anew: boolean, closing: AbortSignal): Promise<void> {
    this.anew ||= anew;
    if (this.running) return this.running.done;
    const abort = new AbortController();
    const done = this.run(list, AbortSignal.any([closing, abort.signal]));
    this.running = { done, abort };
    this.changed();
    return done;
  }

  cancel(): void {
    this.running?.abort.abort();
  }

  async change(change: (listing: JobListing) => JobListing): Promise<void> {
    await this.read();
    this.listing = change(this.listing);
    if (!this.running) await this.file.write(this.listing);
    this.changed();
  }

  private async run(list: JobList, signal: AbortSignal): Promise<void> {
    try {
      // Others must find it running.
      await Promise.resolve();
      const lock = await this.file.lock(signal);
      try {
        this.listing = (await this.file.read()) ?? noListing;
        this.changed();
        await this.ask(list, signal);
      } finally {
        await this.file.write(this.listing);
        lock.dispose();
      }
      this.problem = undefined;
    } catch (error) {
      if (signal.aborted) throw new CancelledError();
      this.problem = asError(error);
      throw error;
    } finally {
      this.anew = false;
      this.running = undefined;
      this.changed();
    }
  }

  private async ask(list: JobList, signal: AbortSignal): Promise<void> {
    const { loadedAt, askedAt, load } = this.listing;
    const age = (at: number) => {
      const milliseconds = this.now() - at;
      // A clock that was set back makes things look younger than they are.
      return milliseconds < 0 ? Infinity : milliseconds;
    };
    if (loadedAt === undefined || load || age(loadedAt) > reload) await this.loadAll(list, signal);
    else if (!this.anew && askedAt !== undefined && age(askedAt) < fresh) return;
    // What changed while the load went on, which may have been for days; and what changed since it was asked for here.
    do {
      this.anew = false;
      await this.loadChanges(list, signal);
    } while (this.wantsMore());
  }

  /** Asked anew, as it changes during each load. */
  private wantsMore(): boolean {
    return this.anew;
  }

  private async loadAll(list: JobList, signal: AbortSignal): Promise<void> {
    const from = this.listing.load?.next;
    for await (const page of list.pages(from === undefined ? {} : { from }, signal)) {
      this.listing = withPage(this.listing, page, this.now());
      this.changed();
      if (!this.listing.load) break;
      if (performance.now() - this.writtenAt < writeEvery) continue;
      await this.file.write(this.listing);
      this.writtenAt = performance.now();
    }
  }

  private async loadChanges(list: JobList, signal: AbortSignal): Promise<void> {
    let newest: number | undefined;
    for await (const { jobs } of list.pages({ changedSince: changesSince(this.listing) }, signal)) {
      newest = Math.max(newest ?? 0, ...jobs.map(({ changedAt }) => changedAt));
      this.listing = withJobs(this.listing, jobs);
      this.changed();
    }
    this.listing = upToDate(this.listing, newest, this.now());
  }
}
