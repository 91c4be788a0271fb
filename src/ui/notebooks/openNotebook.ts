import * as vscode from 'vscode';
import { targetMachine } from '../commands/machineTarget';
import type { Host } from '../host';
import { mayRunCells } from '../trust';
import type { NotebookSupport } from './notebookSupport';

/** A new notebook, unsaved, whose kernel is on a machine. */
export async function openNotebook(host: Host, notebooks: NotebookSupport, word?: unknown): Promise<void> {
  if (!(await mayRunCells())) return;
  const machine = await targetMachine(host, word, {
    question: 'Open a notebook on which machine?',
    none: 'There are no machines yet. Add one in the Machines view.',
  });
  if (!machine) return;
  await notebooks.offer(machine);
  const cell = new vscode.NotebookCellData(vscode.NotebookCellKind.Code, '', 'python');
  const data = new vscode.NotebookData([cell]);
  // From this version of the format on each cell has an id.
  data.metadata = { nbformat: 4, nbformat_minor: 5, metadata: { language_info: { name: 'python' } } };
  const document = await vscode.workspace.openNotebookDocument('jupyter-notebook', data);
  const editor = await vscode.window.showNotebookDocument(document);
  await notebooks.controllers.select(editor, machine.id);
}
