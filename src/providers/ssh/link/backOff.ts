/**
 * Waits before the attempt of this number: at first shortly, then twice as long each time, up to a limit. Half of it is chance, so that
 * many windows do not come at once. `onWait` gets what ends the wait early.
 */
export async function backOff(
  attempt: number,
  { firstRetry, lastRetry }: { readonly firstRetry: number; readonly lastRetry: number },
  signal: AbortSignal,
  onWait: (hurry: () => void) => void,
): Promise<void> {
  const most = Math.min(lastRetry, firstRetry * 2 ** Math.min(attempt, 20));
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const go = () => {
    resolve(undefined);
  };
  const timer = setTimeout(go, most * (0.5 + Math.random() / 2));
  timer.unref();
  signal.addEventListener('abort', go, { once: true });
  onWait(go);
  await promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', go);
}
