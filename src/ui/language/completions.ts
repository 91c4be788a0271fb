import * as vscode from 'vscode';
import { completeAt, type Completion, type OwnValues } from '../../core/jobSpec/completion';

const kinds: Record<Completion['kind'], vscode.CompletionItemKind> = {
  field: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.Value,
};

/** What may be written here, in the schema's order, which puts the useful first. */
export function completions(
  document: vscode.TextDocument,
  at: vscode.Position,
  own: OwnValues,
): vscode.CompletionItem[] {
  return completeAt(document.getText(), document.offsetAt(at), own).map((completion, index) => {
    const item = new vscode.CompletionItem(completion.label, kinds[completion.kind]);
    const { start, end } = completion.replace;
    item.range = new vscode.Range(document.positionAt(start), document.positionAt(end));
    item.insertText = new vscode.SnippetString(completion.insertText);
    item.detail = completion.detail;
    item.documentation = new vscode.MarkdownString(completion.documentation);
    item.sortText = String(index).padStart(4, '0');
    return item;
  });
}
