import * as vscode from 'vscode';
import type { LazyCore } from './lazyCore';

/**
 * Opens the core in the background where jobs have run before, for the status bar and for jobs that end. Where none has,
 * nothing is loaded until the first view, job file or command.
 */
export async function wake(core: LazyCore, home: string): Promise<void> {
  try {
    await vscode.workspace.fs.stat(vscode.Uri.joinPath(vscode.Uri.file(home), 'trainyard.db'));
    await core.get();
  } catch {
    // No state yet, or one that can't be opened: the Jobs view says so to whoever looks.
  }
}
