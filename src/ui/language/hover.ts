import * as vscode from 'vscode';
import { hoverAt } from '../../core/jobSpec/hover';

/** What the field under the pointer means. */
export function hoverOf(document: vscode.TextDocument, at: vscode.Position): vscode.Hover | undefined {
  const found = hoverAt(document.getText(), document.offsetAt(at));
  if (!found) return undefined;
  const range = new vscode.Range(document.positionAt(found.start), document.positionAt(found.end));
  return new vscode.Hover(new vscode.MarkdownString(found.markdown), range);
}
