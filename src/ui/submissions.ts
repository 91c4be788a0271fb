import { Emitter } from '../lib/event';

/** A submit of this window that is under way: its job may not exist yet. */
export interface Submission {
  readonly key: number;
  readonly name: string;
  readonly connection: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** What it does now, in the provider's words. */
  readonly message: string;
  stop(): void;
}

/** The submits under way in this window, for the Jobs view. */
export class Submissions {
  private readonly running = new Map<number, Submission>();
  private readonly changed = new Emitter<void>();
  private last = 0;

  readonly onDidChange = this.changed.event;

  list(): readonly Submission[] {
    return [...this.running.values()];
  }

  /** Runs `work` as a row that can be stopped, which aborts its signal. */
  async run<T>(
    row: { name: string; connection: string },
    work: (signal: AbortSignal, report: (message: string) => void) => Promise<T>,
  ): Promise<T> {
    const key = ++this.last;
    const startedAt = Date.now();
    const abort = new AbortController();
    const show = (message: string) => {
      const stop = () => {
        abort.abort();
      };
      this.running.set(key, { key, ...row, startedAt, message, stop });
      this.changed.fire();
    };
    show('submitting');
    try {
      return await work(abort.signal, show);
    } finally {
      this.running.delete(key);
      this.changed.fire();
    }
  }
}
