import { once } from 'node:events';
import { join } from 'node:path';
import type { SpendApproval } from '../../core/costGuard';
import { CancelledError, messageOf, ProviderError } from '../../core/errors';
import type { JobSpec } from '../../core/jobSpec/jobSpec';
import type { Log } from '../../core/log';
import type { JobOutput, Offer, TrainingJobs } from '../../core/provider';
import { hasEnded, platformIdOf, type JobStatus, type TrainingJob } from '../../core/trainingJob';
import type { Disposable } from '../../lib/disposables';
import { Emitter, type Event } from '../../lib/event';
import { removeFolder } from '../../node/files';
import { uploads, uploadSize } from '../../node/uploads';
import { ChangeFeed } from '../changeFeed';
import type { Connections } from '../connections';
import type { StateDatabase } from '../database';
import { adoptJob } from './adoption';
import { isJobId } from './jobId';
import { JobStore, type StoredJob } from './jobStore';
import { JobWatches } from './jobWatches';
import { outputHere } from './outputsHere';
import { planOffers } from './planOffers';
import { Reconciler } from './reconciler';
import { submitJob } from './submission';

export interface SubmitRequest {
  readonly spec: JobSpec;
  readonly secrets: ReadonlyMap<string, string>;
  /** The job file's text. */
  readonly text: string;
  /** Absolute path that the file's relative paths start from. */
  readonly baseFolder: string;
  /** Absolute path of the job file, where it was one. */
  readonly source?: string;
  /** Says on which connection, too. */
  readonly approval: SpendApproval<JobSpec>;
  readonly onProgress?: (message: string) => void;
}

export interface JobsParts {
  readonly home: string;
  readonly database: StateDatabase;
  readonly connections: Connections;
  readonly log: Log;
  readonly now: () => number;
}

/** How long `open` waits to hear how the running jobs are. */
const firstLook = 1000;
/** How often to look whether a process that is submitting has died; only while one is. */
const ownerCheck = 2000;

/** The jobs of this state folder, whichever process submitted them. */
export class Jobs implements Disposable {
  private readonly changed = new Emitter<void>();
  private readonly ends = new Emitter<TrainingJob>();
  private readonly closing = new AbortController();
  private readonly folders: string;
  private readonly store: JobStore;
  private readonly reconciler: Reconciler;
  private readonly watches: JobWatches;
  private readonly feed: ChangeFeed;
  private stored = new Map<string, StoredJob>();
  private newestFirst: readonly TrainingJob[] = [];
  private ownerTimer: NodeJS.Timeout | undefined;
  private opening = true;
  private readonly unheard: TrainingJob[] = [];

  /** Any job came, went or changed, whoever did it: this process, another window, the CLI. */
  readonly onDidChange = this.changed.event;
  /**
   * A job ended while this process looked on, or while no process did. The first who listens also hears of the latter.
   */
  readonly onDidEnd: Event<TrainingJob> = (listener) => {
    const missed = this.unheard.splice(0);
    queueMicrotask(() => {
      for (const job of missed) listener(job);
    });
    return this.ends.event(listener);
  };

  private constructor(private readonly parts: JobsParts) {
    this.folders = join(parts.home, 'jobs');
    this.store = new JobStore(parts.database);
    this.reconciler = new Reconciler(this.store, parts.connections, this.folders, parts.log);
    this.watches = new JobWatches(
      parts.connections,
      (id) => this.folder(id),
      (id, status) => this.record(id, status),
      parts.log,
    );
    this.watches.onDidChangeFailures(() => {
      this.changed.fire();
    });
    this.feed = new ChangeFeed(parts.home, parts.database, parts.log);
    this.feed.onDidChange(() => {
      this.refresh();
    });
    parts.connections.onDidChange(() => {
      this.settleSoon();
    });
  }

  /** Settles what a crash left, and has heard how the running jobs are, where that is quick to learn. */
  static async open(parts: JobsParts): Promise<Jobs> {
    const jobs = new Jobs(parts);
    try {
      await jobs.reconciler.tidy();
      jobs.refresh();
      await jobs.reconciler.settle([...jobs.stored.values()], jobs.closing.signal);
      jobs.refresh();
      await jobs.heardOnce();
      jobs.opening = false;
      return jobs;
    } catch (error) {
      jobs.dispose();
      throw error;
    }
  }

  /** Newest first. */
  list(): readonly TrainingJob[] {
    return this.newestFirst;
  }

  get(id: string): TrainingJob | undefined {
    return this.stored.get(id)?.job;
  }

  /** Where `spec` could run, over every connection: what is possible before what is not, then the cheapest first. */
  plan(spec: JobSpec, signal: AbortSignal): Promise<readonly Offer[]> {
    return planOffers(this.parts.connections, spec, signal);
  }

  /**
   * Submits to the connection that the approval names. Done when the platform has the job; after a throw there is none. An
   * approval is good for one job.
   */
  async submit(request: SubmitRequest, signal: AbortSignal): Promise<TrainingJob> {
    const id = await submitJob(
      {
        ...this.parts,
        store: this.store,
        reconciler: this.reconciler,
        folder: (job) => this.folder(job),
        onDidChange: () => {
          this.refresh();
        },
      },
      request,
      signal,
    );
    const job = this.get(id);
    if (!job) throw new Error(`The job is gone right after it was submitted: ${id}`);
    return job;
  }

  /**
   * Takes a job that was started elsewhere among these, so that it is followed and can be looked at like any other: `there` is its
   * platform's id. Gives the one that is here already where it is.
   */
  async adopt(connection: string, there: string, signal: AbortSignal): Promise<TrainingJob> {
    const id = await adoptJob(
      { ...this.parts, store: this.store, folder: (job) => this.folder(job) },
      connection,
      there,
      signal,
    );
    this.refresh();
    return this.known(id).job;
  }

  /** Asks the job to stop; `ended` tells when it is done. */
  async stop(id: string, reason: string | undefined, signal: AbortSignal): Promise<void> {
    const { job, intent } = this.known(id);
    if (hasEnded(job.state)) return;
    if (intent) throw stillSubmitted(id);
    const trainingJobs = await this.trainingJobs(job);
    const there = platformIdOf(job);
    await trainingJobs.stop(there, this.folder(id), reason ?? 'Stopped by you.', signal);
    await this.record(id, await trainingJobs.status(there, this.folder(id), signal));
  }

  /** Removes an ended job's record and folder, with its logs and outputs. */
  async delete(id: string, signal: AbortSignal): Promise<void> {
    this.refresh(); // Another process may have seen it end a moment ago.
    const stored = this.known(id);
    const { job, intent } = stored;
    // That its platform knows none says nothing while somebody is about to ask it for one.
    if (intent && (await this.reconciler.isInHand(stored))) throw stillSubmitted(id);
    if (!hasEnded(job.state) && !(await this.isGone(stored, signal)))
      throw new ProviderError('conflict', `Only a job that has ended can be deleted. Stop it first: ${id}`);
    if (!intent) await this.free(job, signal);
    await removeFolder(this.folder(id), () => this.store.remove(id));
    this.refresh();
  }

  /** Brings an output to this computer, as the folder or file `to`. */
  async download(
    id: string,
    output: string,
    to: string,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { job } = this.known(id);
    const trainingJobs = await this.trainingJobs(job);
    if (!trainingJobs.download)
      throw new ProviderError('unavailable', `Outputs are not downloaded from ${job.connection}.`);
    await trainingJobs.download(platformIdOf(job), this.folder(id), output, to, onProgress, signal);
  }

  /** What a submit would copy from this computer, or `undefined` where that is nothing. */
  async workdir(
    spec: JobSpec,
    baseFolder: string,
    signal: AbortSignal,
  ): Promise<{ readonly files: number; readonly bytes: number } | undefined> {
    const all = uploads(spec, baseFolder);
    return all.length === 0 ? undefined : uploadSize(all, { except: this.parts.home, signal });
  }

  /** Absolute path of the job's own folder. */
  folder(id: string): string {
    // An id may come from a command line or a URI.
    if (!isJobId(id)) throw new ProviderError('notFound', `This is no job’s id: ${id.slice(0, 100)}`);
    return join(this.folders, id);
  }

  async outputs(id: string, signal: AbortSignal): Promise<readonly JobOutput[]> {
    const { job } = this.known(id);
    const folder = this.folder(id);
    const outputs = await (await this.trainingJobs(job)).outputs(platformIdOf(job), folder, signal);
    return Promise.all(outputs.map((output) => outputHere(folder, output)));
  }

  /** Why its platform can't be asked now how a running job is; `undefined` while it can. */
  failure(id: string): Error | undefined {
    return this.watches.failure(id);
  }

  /** Asks at once what could not be asked. */
  retry(): void {
    this.watches.retry();
  }

  /** Resolves once the job has ended. */
  ended(id: string, signal: AbortSignal): Promise<TrainingJob> {
    const { promise, resolve, reject } = Promise.withResolvers<TrainingJob>();
    const look = () => {
      const job = this.get(id);
      if (!job) reject(new ProviderError('notFound', `There is no such job: ${id}`));
      else if (hasEnded(job.state)) resolve(job);
    };
    const cancel = () => {
      reject(new CancelledError());
    };
    const subscription = this.onDidChange(look);
    const given = AbortSignal.any([signal, this.closing.signal]);
    given.addEventListener('abort', cancel);
    if (given.aborted) cancel();
    look();
    return promise.finally(() => {
      subscription.dispose();
      given.removeEventListener('abort', cancel);
    });
  }

  dispose(): void {
    this.closing.abort();
    clearTimeout(this.ownerTimer);
    this.watches.dispose();
    this.feed.dispose();
    this.changed.dispose();
    this.ends.dispose();
  }

  private known(id: string): StoredJob {
    const stored = this.stored.get(id);
    if (!stored) throw new ProviderError('notFound', `There is no such job: ${id.slice(0, 100)}`);
    return stored;
  }

  private async trainingJobs(job: TrainingJob): Promise<TrainingJobs> {
    const { trainingJobs } = await this.parts.connections.get(job.connection);
    if (!trainingJobs) throw new ProviderError('unavailable', `${job.connection} runs no jobs.`);
    return trainingJobs;
  }

  /** What the platform keeps of it. A platform that is out of reach, for ever perhaps, does not keep a job from being deleted here. */
  private async free(job: TrainingJob, signal: AbortSignal): Promise<void> {
    try {
      await (await this.trainingJobs(job)).remove?.(platformIdOf(job), this.folder(job.id), signal);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.parts.log.warn(`What ${job.connection} keeps of ${job.id} could not be deleted: ${error.message}`);
    }
  }

  private async isGone(stored: StoredJob, signal: AbortSignal): Promise<boolean> {
    const { job, intent } = stored;
    try {
      // A part of a submission that was cut off may still be on its way: asked so, the job never will be there.
      if (intent) return !(await this.reconciler.conclude(stored, signal));
      await (await this.trainingJobs(job)).status(platformIdOf(job), this.folder(job.id), signal);
      return false;
    } catch (error) {
      if (error instanceof ProviderError && error.kind === 'notFound') return true;
      throw error;
    }
  }

  private async heardOnce(): Promise<void> {
    const running = [...this.stored.values()].filter(({ job, intent }) => !intent && !hasEnded(job.state));
    const signal = AbortSignal.any([this.closing.signal, AbortSignal.timeout(firstLook)]);
    const heard = running.map(async ({ job }) => {
      const trainingJobs = await this.trainingJobs(job);
      await this.record(job.id, await trainingJobs.status(platformIdOf(job), this.folder(job.id), signal));
    });
    // What fails here is said by the watch.
    const all = Promise.allSettled(heard);
    await Promise.race([all, once(signal, 'abort')]);
  }

  private async record(id: string, status: JobStatus): Promise<void> {
    if (!this.closing.signal.aborted && (await this.store.setStatus(id, status))) this.refresh();
  }

  /** Takes in what the database holds now. */
  private refresh(): void {
    if (this.closing.signal.aborted) return;
    const before = this.stored;
    const all = this.store.all();
    this.stored = new Map(all.map((stored) => [stored.job.id, stored]));
    this.newestFirst = all.map(({ job }) => job);
    const running = all.filter(({ job, intent }) => !intent && !hasEnded(job.state));
    const intents = all.some(({ intent }) => intent);
    this.watches.follow(running.map(({ job }) => job));
    this.feed.busy = intents || running.length > 0;
    if (intents) this.settleSoon();
    this.changed.fire();
    for (const { job } of all) {
      const old = before.get(job.id);
      if (!old || hasEnded(old.job.state) || !hasEnded(job.state)) continue;
      if (this.opening) this.unheard.push(job);
      else this.ends.fire(job);
    }
  }

  private settleSoon(): void {
    this.ownerTimer ??= setTimeout(() => {
      this.ownerTimer = undefined;
      if (this.closing.signal.aborted) return;
      void this.reconciler
        .settle([...this.stored.values()], this.closing.signal)
        .then(() => {
          this.refresh();
        })
        .catch((error: unknown) => {
          this.parts.log.error(error instanceof Error ? error : messageOf(error));
        });
    }, ownerCheck);
  }
}

function stillSubmitted(id: string): ProviderError {
  return new ProviderError('conflict', `It is still being submitted. Try again in a moment: ${id}`);
}
