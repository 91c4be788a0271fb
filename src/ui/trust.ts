import * as vscode from 'vscode';

/** Whether jobs may start here. Where not, says why and offers the way out. */
export function mayStartJobs(): Promise<boolean> {
  return isTrusted(
    'A job runs code of this workspace, so none can start in Restricted Mode. Trust the workspace first.',
  );
}

/** Whether cells of notebooks may run here. */
export function mayRunCells(): Promise<boolean> {
  return isTrusted(
    'A cell runs code of this workspace, so none can run in Restricted Mode. Trust the workspace first.',
  );
}

/** Whether machines may be attached here: how they are reached can name programs to run. */
export function mayAttach(): Promise<boolean> {
  return isTrusted(
    'Attaching can run programs that configuration names, so no machine is attached in Restricted Mode. Trust the workspace first.',
  );
}

async function isTrusted(why: string): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = 'Manage Workspace Trust';
  const chosen = await vscode.window.showWarningMessage(why, manage);
  if (chosen === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return vscode.workspace.isTrusted;
}
