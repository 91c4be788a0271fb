import * as vscode from 'vscode';
import type { Analyses } from './analysis';
import { rangeOf } from './diagnostics';

/** The fixes of the problems that touch `range`. */
export function quickFixes(
  analyses: Analyses,
  document: vscode.TextDocument,
  range: vscode.Range,
  { diagnostics }: vscode.CodeActionContext,
): vscode.CodeAction[] {
  return analyses.of(document).problems.flatMap((problem) => {
    const at = rangeOf(document, problem);
    if (!problem.fix || !at.intersection(range)) return [];
    const action = new vscode.CodeAction(problem.fix.title, vscode.CodeActionKind.QuickFix);
    action.edit = new vscode.WorkspaceEdit();
    action.edit.replace(
      document.uri,
      new vscode.Range(document.positionAt(problem.start), document.positionAt(problem.end)),
      problem.fix.newText,
    );
    action.diagnostics = diagnostics.filter((one) => one.message === problem.message);
    action.isPreferred = true;
    return [action];
  });
}
