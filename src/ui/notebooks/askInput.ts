import * as vscode from 'vscode';
import type { CellRecord } from '../../core/notebook/cellRecord';
import type { Kernels } from '../../services/notebooks/kernels';

/** Asks what a cell asks (`input()`, `getpass()`), until it is answered here or elsewhere, or the cell ended. */
export async function askInput(
  kernels: Kernels,
  run: string,
  { prompt, password, request }: Extract<CellRecord, { type: 'input' }>,
  signal: AbortSignal,
): Promise<void> {
  const closed = new vscode.CancellationTokenSource();
  signal.addEventListener('abort', () => {
    closed.cancel();
  });
  while (!signal.aborted) {
    const value = await vscode.window.showInputBox(
      { title: 'The cell asks', prompt, password, ignoreFocusOut: true },
      closed.token,
    );
    // A new object each time the signal is looked at: it changes while this waits.
    if (AbortSignal.any([signal]).aborted) return;
    if (value !== undefined) {
      // Where the kernel ended meanwhile, the cell itself says so.
      await kernels.answer(run, request, value, signal).catch(() => undefined);
      return;
    }
    const again = await vscode.window.showInformationMessage(
      `A cell waits for input: ${prompt === '' ? 'it says no more' : prompt}`,
      'Answer',
    );
    if (again === undefined) return;
  }
}
