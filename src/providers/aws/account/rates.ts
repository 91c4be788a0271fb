import { throwIfCancelled } from '../../../core/errors';
import type { Disposable } from '../../../lib/disposables';
import { isBusy } from '../../../node/sqlite';
import { reserve, slow, type Limit } from './rate';
import { OwnRates, type RateStore } from './rateStore';

/** Waits; throws `CancelledError` once `signal` is aborted. */
export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>;

/** Gives each call its turn, over all windows that share `store`. */
export class Rates implements Disposable {
  /** Where the shared ones can't be kept, as on a full disk: AWS's own limits then hold between windows. */
  private readonly own = new OwnRates();

  constructor(
    private readonly store: RateStore & Partial<Disposable>,
    private readonly now: () => number,
    private readonly pause: Pause,
    /** Called once for each reason. */
    private readonly warn: (problem: string) => void,
  ) {}

  /** Waits for the next place. First come, first served. */
  async turn(key: string, limit: Limit, signal: AbortSignal): Promise<void> {
    for (;;) {
      throwIfCancelled(signal);
      const asked = this.now();
      let at = asked;
      await this.with(signal, (store) => {
        store.change(key, (rate) => {
          const place = reserve(rate, limit, asked);
          at = place.at;
          return place.rate;
        });
      });
      if (at <= asked) return;
      await this.pause(at - asked, signal);
      // Whoever waited while AWS asked for fewer calls takes a new place, at the rate that holds now.
      if ((await this.with(signal, (store) => store.read(key).slowedAt)) <= asked) return;
    }
  }

  /** AWS said that it was too much: from now on all windows ask less often. */
  async throttled(key: string, limit: Limit, signal: AbortSignal): Promise<void> {
    await this.with(signal, (store) => {
      store.change(key, (rate) => slow(rate, limit, this.now()));
    });
  }

  dispose(): void {
    this.store.dispose?.();
  }

  private async with<T>(signal: AbortSignal, work: (store: RateStore) => T): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return work(this.store);
      } catch (error) {
        if (isBusy(error) && tries < 5) {
          await this.pause(20, signal);
          continue;
        }
        this.warn(error instanceof Error ? error.message : String(error));
        return work(this.own);
      }
    }
  }
}
