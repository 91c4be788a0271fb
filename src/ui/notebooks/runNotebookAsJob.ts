import * as vscode from 'vscode';
import { ProviderError } from '../../core/errors';
import { madeHere, notebookJobText, parametersCell, parseParameters } from '../../core/notebook/notebookJob';
import type { Host } from '../host';
import { nameOf } from '../submit/jobDocument';
import { requestOf, textOf } from '../submit/jobRequest';
import { submitRequest } from '../submit/submitJob';
import { mayStartJobs } from '../trust';
import type { NotebookSupport } from './notebookSupport';

/**
 * Runs a notebook from its first cell to its last as an ordinary job, so that nobody needs to stay: a job file beside it is written and
 * submitted. Where the notebook's kernel is on a machine, the job is for that machine.
 */
export async function runNotebookAsJob(
  host: Host,
  notebooks: NotebookSupport,
  word?: unknown,
): Promise<void> {
  if (!(await mayStartJobs())) return;
  const notebook = await targetNotebook(word);
  if (!notebook) return;
  if (notebook.isDirty && !(await notebook.save())) return;
  const parameters = await askParameters(notebook);
  if (!parameters) return;
  const machine = notebooks.machineOf(notebook);
  const text = notebookJobText({
    notebook: nameOf(notebook.uri),
    ...(machine !== undefined && { infra: machine }),
    parameters,
  });
  const document = await jobFile(notebook.uri, text);
  await host.jobFiles.add(document);
  await submitRequest(host, await requestOf(host, textOf(document)));
}

async function targetNotebook(word: unknown): Promise<vscode.NotebookDocument | undefined> {
  const given = word instanceof vscode.Uri ? word : undefined;
  const front = vscode.window.activeNotebookEditor?.notebook;
  const notebook = given ? await vscode.workspace.openNotebookDocument(given) : front;
  if (!notebook)
    throw new ProviderError('invalid', 'Open the notebook that is to run as a job, and try again.');
  if (notebook.isUntitled || notebook.uri.scheme !== 'file') {
    const saved = notebook.isUntitled ? await vscode.workspace.save(notebook.uri) : undefined;
    if (saved) return vscode.workspace.openNotebookDocument(saved);
    throw new ProviderError('invalid', 'A job needs the notebook as a file on this computer. Save it first.');
  }
  return notebook;
}

/** Values for a notebook that takes some; `undefined` on Esc. */
async function askParameters(
  notebook: vscode.NotebookDocument,
): Promise<Record<string, unknown> | undefined> {
  const cells = notebook.getCells().map((cell) => ({ tags: tagsOf(cell), text: cell.document.getText() }));
  const source = parametersCell(cells);
  if (source === undefined) return {};
  const text = await vscode.window.showInputBox({
    title: `Run ${nameOf(notebook.uri)} as Job`,
    prompt:
      'Values for its parameters, as NAME=VALUE with spaces between. Empty: as they stand in the notebook.',
    placeHolder: source.split('\n').slice(0, 3).join('  '),
    ignoreFocusOut: true,
    validateInput: (value) => {
      try {
        parseParameters(value);
        return undefined;
      } catch (error) {
        return error instanceof RangeError ? error.message : String(error);
      }
    },
  });
  return text === undefined ? undefined : parseParameters(text);
}

/** Tags lie where the editor's ipynb serializer puts a cell's metadata. */
function tagsOf(cell: vscode.NotebookCell): readonly string[] {
  const { metadata, tags } = cell.metadata as {
    readonly metadata?: { readonly tags?: unknown };
    readonly tags?: unknown;
  };
  const found = metadata?.tags ?? tags;
  return Array.isArray(found) ? found.filter((tag) => typeof tag === 'string') : [];
}

/** Beside the notebook; a file of that name that a person made is left alone. */
async function jobFile(notebook: vscode.Uri, text: string): Promise<vscode.TextDocument> {
  const name = nameOf(notebook).replace(/\.ipynb$/i, '');
  const file = vscode.Uri.joinPath(notebook, '..', `${name}.notebook.job.yaml`);
  const old = await vscode.workspace.fs.readFile(file).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => undefined,
  );
  if (old !== undefined && !old.startsWith(madeHere))
    throw new ProviderError(
      'conflict',
      `There is a file where the notebook’s job file would be written. Rename it and try again: ${nameOf(file)}`,
    );
  if (old !== text) await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
  return vscode.workspace.openTextDocument(file);
}
