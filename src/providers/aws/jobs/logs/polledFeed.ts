import { setTimeout as delay } from 'node:timers/promises';
import { asError, CancelledError } from '../../../../core/errors';
import type { LogStreamId } from '../../../../core/provider';
import type { Feed } from './logs';

/** What a feed has to know of its job. */
export interface JobLife {
  /** Unix milliseconds: nothing was printed before. */
  readonly startedAt: number;
  /** Unix milliseconds; absent while it may still print. */
  readonly endedAt?: number;
  /** Whether a container of it ever ran. */
  readonly ran: boolean;
}

export interface FeedTimes {
  /** Milliseconds between two looks while there is news, and after a while without. */
  readonly busy: number;
  readonly idle: number;
  /** How much later than others a line may come without being looked for anew. */
  readonly slack: number;
  /** For how long a piece that is missing is looked for. */
  readonly patience: number;
  /** After the job's end, how long the last word of a container may take. */
  readonly lastWord: number;
  now(): number;
  /** Rejects once `signal` is aborted. */
  wait(milliseconds: number, signal: AbortSignal): Promise<unknown>;
}

export const feedTimes: FeedTimes = {
  busy: 1000,
  idle: 5000,
  slack: 3000,
  patience: 60_000,
  lastWord: 45_000,
  now: Date.now,
  wait: (milliseconds, signal) => delay(milliseconds, undefined, { signal }),
};

/** What a look at the log came to: `news` that somebody got, and whether there is `more` to be looked at without a pause. */
export interface Looked {
  readonly news: boolean;
  readonly more: boolean;
}

/** Looks at a log again and again, for all who read some of it, as long as there is anybody. */
export abstract class PolledFeed<Reader extends { end(error?: Error): void }> implements Feed<Reader> {
  protected readonly readers = new Set<Reader>();
  private readonly leaving = new AbortController();
  private running = false;
  private wake: () => void = () => undefined;
  private endSeenAt: number | undefined;
  /** It was seen before its end. */
  private sawRun = false;

  protected constructor(protected readonly times: FeedTimes) {}

  open(id: LogStreamId, token: string | undefined): Reader {
    const reader = this.reader(id, token);
    this.readers.add(reader);
    if (!this.running) {
      this.running = true;
      void this.run();
    }
    this.wake();
    return reader;
  }

  close(reader: Reader): void {
    this.readers.delete(reader);
    reader.end(new CancelledError());
  }

  dispose(): void {
    this.leaving.abort();
  }

  protected abstract reader(id: LogStreamId, token: string | undefined): Reader;

  /** How the job is. Throws where there is no such job. */
  protected abstract life(signal: AbortSignal): Promise<JobLife>;

  /** Reads what may be new, gives it to the readers and takes out those that have all. */
  protected abstract look(life: JobLife, signal: AbortSignal): Promise<Looked>;

  /**
   * Milliseconds at `now` since the job's end. One that was seen to end ended then: this computer's clock may be ahead of AWS's. Of another
   * whichever clock counts by which it is longer.
   */
  protected sinceEnd(endedAt: number, now: number): number {
    const seenAt = this.endSeenAt ?? now;
    return now - (this.sawRun ? seenAt : Math.min(endedAt, seenAt));
  }

  /** Never rejects. Ends when nobody reads any more. */
  private async run(): Promise<void> {
    const { signal } = this.leaving;
    try {
      let quietSince = this.times.now();
      while (this.readers.size > 0 && !signal.aborted) {
        // Asked first: what was printed before its end can be looked for then.
        const life = await this.life(signal);
        if (life.endedAt === undefined) this.sawRun = true;
        else this.endSeenAt ??= this.times.now();
        const { news, more } = await this.look(life, signal);
        if (news) quietSince = this.times.now();
        if (this.readers.size > 0 && !more) await this.pause(this.times.now() - quietSince, signal);
      }
    } catch (error) {
      for (const reader of this.readers) reader.end(asError(error));
      this.readers.clear();
    }
    this.running = false;
  }

  private async pause(quiet: number, signal: AbortSignal): Promise<void> {
    // Somebody new need not wait.
    const woken = new AbortController();
    this.wake = () => {
      woken.abort();
    };
    const milliseconds = Math.min(this.times.idle, Math.max(this.times.busy, quiet / 6));
    try {
      await this.times.wait(milliseconds, AbortSignal.any([signal, woken.signal]));
    } catch (error) {
      if (!woken.signal.aborted && !signal.aborted) throw error;
    }
  }
}
