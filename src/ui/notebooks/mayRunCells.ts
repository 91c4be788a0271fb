import * as vscode from 'vscode';

/** Whether cells may run here. Where not, says why and offers the way out. */
export async function mayRunCells(): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = 'Manage Workspace Trust';
  const chosen = await vscode.window.showWarningMessage(
    'A cell runs code of this workspace, so none can run in Restricted Mode. Trust the workspace first.',
    manage,
  );
  if (chosen === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return vscode.workspace.isTrusted;
}
