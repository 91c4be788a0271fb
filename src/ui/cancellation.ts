import type * as vscode from 'vscode';

/** An `AbortSignal` that the editor's own token aborts. */
export function signalOf(token: vscode.CancellationToken): AbortSignal {
  const abort = new AbortController();
  if (token.isCancellationRequested) abort.abort();
  token.onCancellationRequested(() => {
    abort.abort();
  });
  return abort.signal;
}
