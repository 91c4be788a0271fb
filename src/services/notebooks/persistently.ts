import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError, ProviderError, throwIfCancelled } from '../../core/errors';
import type { Machine } from '../../core/machine';
import { untilAttached } from './untilAttached';

/** Tries until it works or is no matter of the connection: the machine may be away for hours. */
export async function persistently<T>(
  machine: Machine,
  work: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      throwIfCancelled(signal);
      if (!(error instanceof ProviderError) || !passing.has(error.kind)) throw error;
      const pause = Math.min(15_000, 250 * 2 ** Math.min(tries, 8));
      await delay(pause, undefined, { signal }).catch(cancelled);
      await untilAttached(machine, signal);
    }
  }
}

export function cancelled(): never {
  throw new CancelledError();
}

/** An `auth` failure passes too: a person may give what was missing. */
const passing: ReadonlySet<string> = new Set(['network', 'auth', 'unavailable']);
