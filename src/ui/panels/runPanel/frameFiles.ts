import * as vscode from 'vscode';
import { bySuffix, frameTarget, type FrameContext } from './frameTarget';

/** Folders in which nobody's own code is. */
const skipped = '**/{node_modules,.git,.venv,venv,site-packages,__pycache__}/**';
/** Where a name is as common as this, its path would have to tell more than it does. */
const mostCandidates = 100;

/** The workspace's files that frames of a traceback mean; `undefined` for a frame that is none of them, or could be several. */
export async function frameFiles(
  files: readonly string[],
  context: Omit<FrameContext, 'workspaceFolders'>,
): Promise<readonly (vscode.Uri | undefined)[]> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  const workspaceFolders = folders.map(({ uri }) => uri.path);
  const [folder] = folders;
  if (!folder) return files.map(() => undefined);
  const searches = new Map<string, Promise<readonly string[]>>();
  const named = (name: string) => {
    const search = searches.get(name) ?? filesNamed(name);
    searches.set(name, search);
    return search;
  };
  return Promise.all(
    files.map(async (file) => {
      const target = frameTarget(file, { ...context, workspaceFolders });
      const exact = target?.path === undefined ? undefined : folder.uri.with({ path: target.path });
      if (exact && (await isFile(exact))) return exact;
      const path = target?.name === undefined ? undefined : bySuffix(file, await named(target.name));
      return path === undefined ? undefined : folder.uri.with({ path });
    }),
  );
}

async function filesNamed(name: string): Promise<readonly string[]> {
  const found = await vscode.workspace.findFiles(`**/${name}`, skipped, mostCandidates + 1);
  return found.length > mostCandidates
    ? []
    : found.filter(({ scheme }) => scheme === 'file').map(({ path }) => path);
}

async function isFile(uri: vscode.Uri): Promise<boolean> {
  try {
    return ((await vscode.workspace.fs.stat(uri)).type & vscode.FileType.File) !== 0;
  } catch {
    return false;
  }
}
