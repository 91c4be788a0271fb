import * as vscode from 'vscode';
import { CancelledError } from '../core/errors';

/** Below this nobody notices a wait, and a notification would only flash. Milliseconds. */
const unnoticed = 400;

/** Waits for `work`; when it takes long enough to be noticed, says so with a way to stop it. */
export async function slowProgress<T>(title: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const done = work(abort.signal);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const slow = new Promise<'slow'>((resolve) => {
    timer = setTimeout(() => {
      resolve('slow');
    }, unnoticed);
  });
  const first = await Promise.race([done.then(() => 'done' as const), slow]).finally(() => {
    clearTimeout(timer);
  });
  if (first === 'done') return done;
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress({ location, title, cancellable: true }, (_, token) => {
    const stopped = new Promise<never>((_resolve, reject) => {
      token.onCancellationRequested(() => {
        abort.abort();
        reject(new CancelledError());
      });
    });
    return Promise.race([done, stopped]);
  });
}
