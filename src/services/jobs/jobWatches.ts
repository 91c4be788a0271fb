import { asError, CancelledError, messageOf, ProviderError } from '../../core/errors';
import type { Log } from '../../core/log';
import { hasEnded, platformIdOf, type JobStatus, type TrainingJob } from '../../core/trainingJob';
import type { Disposable } from '../../lib/disposables';
import { Emitter, type Event } from '../../lib/event';
import { rest, type Rest } from '../../lib/rest';
import type { Connections } from '../connections';

/** Pauses after a failure, and their limit: a platform that is out of reach is asked less and less often. */
const firstPause = 1000;
const longestPause = 60_000;
/** So often a look may fail before that is worth a word: a network that blinks is none. */
const fewFailures = 3;

/** Follows running jobs on their platforms. Every open process does, and says the same. */
export class JobWatches implements Disposable {
  private readonly watched = new Map<string, AbortController>();
  private readonly failures = new Map<string, Error>();
  private readonly changed = new Emitter<void>();
  private readonly again = new Emitter<void>();

  /** It is known of another job why it can't be looked at, or of one no more. */
  readonly onDidChangeFailures = this.changed.event;

  constructor(
    private readonly connections: Pick<Connections, 'get'>,
    private readonly folder: (id: string) => string,
    private readonly record: (id: string, status: JobStatus) => Promise<void>,
    private readonly log: Log,
    private readonly pause: Rest = rest,
  ) {}

  /** Watches exactly these jobs from now on. */
  follow(jobs: readonly TrainingJob[]): void {
    const wanted = new Set(jobs.map((job) => job.id));
    for (const [id, stop] of this.watched) {
      if (wanted.has(id)) continue;
      stop.abort();
      this.watched.delete(id);
      this.failures.delete(id);
    }
    for (const job of jobs) {
      if (this.watched.has(job.id)) continue;
      const stop = new AbortController();
      this.watched.set(job.id, stop);
      void this.run(job, stop.signal);
    }
  }

  /** Why nobody knows now how the job is; `undefined` while it is heard of. */
  failure(id: string): Error | undefined {
    return this.failures.get(id);
  }

  /** Looks at once at what is waiting after a failure. */
  retry(): void {
    this.again.fire();
  }

  dispose(): void {
    this.follow([]);
    this.changed.dispose();
    this.again.dispose();
  }

  private async run(job: TrainingJob, signal: AbortSignal): Promise<void> {
    let pause = firstPause;
    let failed = 0;
    let restored: Event<void> | undefined;
    const wake: Event<void> = (listener) => {
      const heard = [restored, this.again.event].map((event) => event?.(listener));
      return {
        dispose: () => {
          for (const one of heard) one?.dispose();
        },
      };
    };
    const over = () => signal.aborted;
    while (!over()) {
      try {
        const { trainingJobs, access } = await this.connections.get(job.connection);
        restored = access?.onDidRestore;
        if (!trainingJobs) throw new ProviderError('unavailable', `${job.connection} runs no jobs`);
        for await (const status of trainingJobs.watch(platformIdOf(job), this.folder(job.id), signal)) {
          pause = firstPause;
          failed = 0;
          this.tell(job.id, undefined);
          await this.record(job.id, status);
          if (hasEnded(status.state)) return;
        }
      } catch (error) {
        if (over() || error instanceof CancelledError) return;
        this.log.warn(`${job.id} can’t be watched now: ${messageOf(error)}`);
        failed += 1;
        if (error instanceof ProviderError && error.kind === 'notFound')
          await this.record(job.id, lost(job, error.message)).catch(() => undefined);
        else if (isLasting(error) || failed >= fewFailures) this.tell(job.id, asError(error));
      }
      await this.pause(pause, wake, signal);
      pause = Math.min(pause * 2, longestPause);
    }
  }

  private tell(id: string, failure: Error | undefined): void {
    if (this.failures.get(id)?.message === failure?.message) return;
    if (failure) this.failures.set(id, failure);
    else this.failures.delete(id);
    this.changed.fire();
  }
}

/** Time alone does not mend it. */
function isLasting(error: unknown): boolean {
  return error instanceof ProviderError && (error.kind === 'auth' || error.kind === 'forbidden');
}

/** The platform does not know the job. That is no end: a list may lag, or a folder come back. */
function lost(job: TrainingJob, why: string): JobStatus {
  return { state: 'unknown', rawState: why, nodes: job.nodes };
}
