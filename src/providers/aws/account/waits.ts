import { AsyncLocalStorage } from 'node:async_hooks';

/** Tells whoever waits for some work that one of its calls has to wait. Gives what ends that. */
type TellWait = (message: string) => () => void;

const teller = new AsyncLocalStorage<TellWait>();

/**
 * Runs `work`, whose calls of AWS are many layers below. While AWS makes one of them wait, `onProgress` says so, and then again what the work
 * itself said last.
 */
export function tellingWaits<T>(
  onProgress: (message: string) => void,
  work: (onProgress: (message: string) => void) => Promise<T>,
): Promise<T> {
  let own: string | undefined;
  let waiting = 0;
  const tell: TellWait = (message) => {
    waiting += 1;
    onProgress(message);
    return () => {
      waiting -= 1;
      if (waiting === 0 && own !== undefined) onProgress(own);
    };
  };
  return teller.run(tell, () =>
    work((message) => {
      own = message;
      onProgress(message);
    }),
  );
}

/** Nothing where nobody follows the work. */
export function tellWait(message: string): () => void {
  return teller.getStore()?.(message) ?? (() => undefined);
}
