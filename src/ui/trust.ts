import * as vscode from 'vscode';

/** Whether jobs may start here. Where not, says why and offers the way out. */
export async function mayStartJobs(): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = 'Manage Workspace Trust';
  const chosen = await vscode.window.showWarningMessage(
    'A job runs code of this workspace, so none can start in Restricted Mode. Trust the workspace first.',
    manage,
  );
  if (chosen === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return vscode.workspace.isTrusted;
}
