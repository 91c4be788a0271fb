import * as vscode from 'vscode';
import { InvalidInput } from '../invalidInput';
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

/**
 * The document with nothing unsaved, so that what runs is what is on the disk; one that was never saved gets its file.
 * `undefined` when the person would not. Throws `InvalidInput` where there is no disk.
 */
export async function saved(document: vscode.TextDocument): Promise<vscode.TextDocument | undefined> {
  if (document.isUntitled) {
    const file = await vscode.workspace.save(document.uri);
    return file && saved(await vscode.workspace.openTextDocument(file));
  }
  if (document.uri.scheme !== 'file') {
    const remedy = { title: 'Open Folder', command: 'vscode.openFolder', arguments: [] };
    throw new InvalidInput(
      `A job needs its files on a disk, and this one has none: ${document.uri.toString()}`,
      remedy,
    );
  }
  return !document.isDirty || (await document.save()) ? document : undefined;
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
