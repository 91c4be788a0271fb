import { setTimeout as after } from 'node:timers/promises';
import { CancelledError } from '../../../core/errors';
import type { Pause } from './rates';

/** Really waits. */
export const pause: Pause = async (milliseconds, signal) => {
  try {
    await after(milliseconds, undefined, { signal });
  } catch (error) {
    if (signal.aborted) throw new CancelledError();
    throw error;
  }
};
