import { CancelledError } from '../../../core/errors';

/** Waits for `work`, but not longer than until `signal` is aborted: then it throws `CancelledError`, and `work` goes on unheard. */
export async function cancellable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = () => {
    reject(new CancelledError());
  };
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
