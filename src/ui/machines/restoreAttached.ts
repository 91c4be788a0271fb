import * as vscode from 'vscode';
import type { Disposable } from '../../lib/disposables';
import type { Core } from '../../services/core';

/** Attaches the machines of before the reload again, once the workspace is trusted. */
export function restoreAttached({ attached }: Core): Disposable {
  const restore = () => {
    attached.restore();
  };
  if (vscode.workspace.isTrusted) restore();
  return vscode.workspace.onDidGrantWorkspaceTrust(restore);
}
