import * as vscode from 'vscode';
import { completeAt, type Completion } from '../../core/jobSpec/completion';

const kinds: Record<Completion['kind'], vscode.CompletionItemKind> = {
  field: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.Value,
};

/** What may be written here, in the schema's order, which puts the useful first. `places` are ids of connections that run jobs. */
export function completions(
  document: vscode.TextDocument,
  at: vscode.Position,
  places: readonly string[],
): vscode.CompletionItem[] {
  return completeAt(document.getText(), document.offsetAt(at), places).map((completion, index) => {
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
