import * as vscode from 'vscode';
import { countText } from '../../core/words';
import type { Host } from '../host';
import { parseJsonWithComments } from '../jsonWithComments';
import { analyse } from '../language/analysis';
import { nameOf, targetDocument } from '../submit/jobDocument';

interface Snippet {
  readonly prefix: string | readonly string[];
  readonly description?: string;
  readonly body: string | readonly string[];
}

/** A new job file from one of the job snippets, unsaved, with the cursor in its first field. */
export async function newJobFile(host: Host): Promise<void> {
  const file = vscode.Uri.joinPath(host.extension.extensionUri, 'snippets', 'job.code-snippets');
  const bytes = await vscode.workspace.fs.readFile(file);
  const snippets = parseJsonWithComments(new TextDecoder().decode(bytes)) as Readonly<
    Record<string, Snippet>
  >;
  const items = Object.entries(snippets).map(([label, { description = '', body }]) => ({
    label,
    detail: description,
    body: typeof body === 'string' ? body : body.join('\n'),
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: 'New Job File',
    placeHolder: 'From which template?',
  });
  if (!picked) return;
  const document = await vscode.workspace.openTextDocument(await freeName());
  await vscode.languages.setTextDocumentLanguage(document, 'yaml');
  const editor = await vscode.window.showTextDocument(document);
  await editor.insertSnippet(new vscode.SnippetString(picked.body));
}

/** Shows what is wrong with a job file, or that nothing is. */
export async function validateJobFile(host: Host, word?: unknown): Promise<void> {
  const document = await targetDocument(word, 'Validate which job file?');
  if (!document) return;
  await host.jobFiles.add(document);
  const { file, problems } = analyse(document.getText());
  const name = nameOf(document.uri);
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.filter((problem) => problem.severity === 'warning').length;
  const found = [
    ...(errors > 0 ? [countText(errors, 'error')] : []),
    ...(warnings > 0 ? [countText(warnings, 'warning')] : []),
  ].join(' and ');
  if (found !== '') {
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('workbench.actions.view.problems');
    vscode.window.setStatusBarMessage(`$(warning) ${name}: ${found}`, 5000);
  } else {
    void vscode.window.showInformationMessage(`${name} is valid: ${countText(file.jobs.length, 'job')}.`);
  }
}

/** `train.job.yaml` in the first folder, or the first number of it that is free; nothing is written yet. */
async function freeName(): Promise<vscode.Uri> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  for (let number = 1; ; number++) {
    const name = number === 1 ? 'train.job.yaml' : `train-${number}.job.yaml`;
    const path = folder ? vscode.Uri.joinPath(folder, name) : vscode.Uri.file(`/${name}`);
    const uri = folder
      ? path.with({ scheme: 'untitled' })
      : vscode.Uri.from({ scheme: 'untitled', path: name });
    const open = vscode.workspace.textDocuments.some(
      (document) => document.uri.toString() === uri.toString(),
    );
    if (!open && !(await exists(path))) return uri;
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
