import { setImmediate as turn } from 'node:timers/promises';
import { CancelledError } from '../../../../../src/core/errors';
import type { Pause } from '../../../../../src/providers/aws/account/rates';

/** A clock that jumps to whatever is waited for next. */
export class TestClock {
  private waiting: { readonly at: number; readonly wake: () => void }[] = [];

  constructor(private time: number) {}

  readonly now = (): number => this.time;

  readonly pause: Pause = (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const cancel = () => {
        reject(new CancelledError());
      };
      if (signal.aborted) cancel();
      signal.addEventListener('abort', cancel);
      this.waiting.push({ at: this.time + milliseconds, wake: resolve });
    });

  /** Moves on until `work` is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const end = () => {
      done = true;
    };
    work.then(end, end);
    for (;;) {
      await turn();
      // Read anew: the work ends while this waits.
      if (isTrue(() => done)) return work;
      const [next] = this.waiting.toSorted((a, b) => a.at - b.at);
      if (!next) continue;
      this.waiting = this.waiting.filter((one) => one !== next);
      this.time = Math.max(this.time, next.at);
      next.wake();
    }
  }
}

function isTrue(read: () => boolean): boolean {
  return read();
}
