import * as vscode from 'vscode';
import { isJobFileName, jobFileGlob } from '../language/jobFileName';

const yamlName = /\.ya?ml$/i;

/**
 * The job file that a command is about: the one it was called on, else the job file in front, else the one that a person
 * picks from the workspace. `undefined` when they pressed Esc.
 */
export async function targetDocument(
  word: unknown,
  question: string,
): Promise<vscode.TextDocument | undefined> {
  if (word instanceof vscode.Uri) return vscode.workspace.openTextDocument(word);
  const active = vscode.window.activeTextEditor?.document;
  if (active && isJobFileName(active.uri.path)) return active;
  return pickDocument(question, active && yamlName.test(active.uri.path) ? active.uri : undefined);
}

async function pickDocument(
  question: string,
  front: vscode.Uri | undefined,
): Promise<vscode.TextDocument | undefined> {
  const found = await vscode.workspace.findFiles(jobFileGlob, '**/{node_modules,.venv,.git}/**', 500);
  const files = [...found].sort((a, b) => (a.path < b.path ? -1 : 1));
  const item = (uri: vscode.Uri) => ({
    label: `$(file) ${nameOf(uri)}`,
    description: vscode.workspace.asRelativePath(vscode.Uri.joinPath(uri, '..')),
    uri,
  });
  const newFile = { label: '$(add) New Job File…', description: 'from a template', uri: undefined };
  const items = [...(front ? [item(front)] : []), ...files.map(item), newFile];
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: question,
    matchOnDescription: true,
  });
  if (!picked) return undefined;
  if (picked.uri) return vscode.workspace.openTextDocument(picked.uri);
  await vscode.commands.executeCommand('trainyard.job.newFile');
  return undefined;
}

/** Writes unsaved changes, so that what runs is what is on the disk. `false` when the person would not. */
export async function saved(document: vscode.TextDocument): Promise<boolean> {
  return document.isUntitled || document.isDirty ? document.save() : true;
}

/** The folder that the file's relative paths start from: its absolute path, and how people know it. */
export function folderOf(file: vscode.Uri): { readonly baseFolder: string; readonly folder: string } {
  const uri = vscode.Uri.joinPath(file, '..');
  const isRoot = vscode.workspace.workspaceFolders?.some((root) => root.uri.path === uri.path) === true;
  return { baseFolder: uri.fsPath, folder: isRoot ? nameOf(uri) : vscode.workspace.asRelativePath(uri) };
}

export function nameOf(uri: vscode.Uri): string {
  return uri.path.replace(/\/+$/, '').replace(/.*\//, '');
}
