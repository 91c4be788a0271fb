import type { Event } from './event';

/** Waits so many milliseconds, less where `wake` fires or `signal` is aborted. Never rejects. */
export type Rest = (
  milliseconds: number,
  wake: Event<void> | undefined,
  signal: AbortSignal,
) => Promise<void>;

export const rest: Rest = (milliseconds, wake, signal) =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      heard?.dispose();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    const heard = wake?.(done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
