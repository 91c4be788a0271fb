import * as vscode from 'vscode';
import { jobFolder } from '../../../core/jobFolder';
import { isJobId } from '../../../services/jobs/jobId';
import type { Core } from '../../../services/core';
import type { Disposable } from '../../../lib/disposables';

const scheme = 'trainyard-job';

/** Job files as they ran, as documents that can't be edited. Also those of a diff that comes back after a reload. */
export function jobFileDocuments(core: () => Promise<Core>): Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(scheme, {
    provideTextDocumentContent: async (uri) => {
      const id = uri.path.split('/')[1] ?? '';
      if (!isJobId(id)) throw new Error(`This is no job's file: ${uri.path}`);
      const folder = (await core()).jobs.folder(id);
      const file = vscode.Uri.joinPath(vscode.Uri.file(folder), jobFolder.file);
      return new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
    },
  });
}

/** Shows two of them in the editor's own diff. */
export async function diffJobFiles(
  a: { readonly id: string; readonly name: string },
  b: { readonly id: string; readonly name: string },
): Promise<void> {
  const names = a.name === b.name ? `${a.id} ↔ ${b.id}` : `${a.name} ↔ ${b.name}`;
  await vscode.commands.executeCommand('vscode.diff', uriOf(a.id), uriOf(b.id), names);
}

function uriOf(id: string): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${id}/${jobFolder.file}` });
}
