import * as vscode from 'vscode';
import type { Machine } from '../../core/machine';
import type { Disposable } from '../../lib/disposables';
import type { Core } from '../../services/core';

const scheme = 'trainyard-watchdog';

/** What watchdogs decided, as documents that can't be edited; read anew each time one is opened. */
export function watchdogJournals(core: () => Promise<Core>): Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(scheme, {
    provideTextDocumentContent: async (uri) => {
      const { machines, watchdogs } = await core();
      const machine = await machines.get(uri.query);
      const journal = await watchdogs.journal(machine, new AbortController().signal);
      return journal === '' ? `The watchdog of ${machine.label} has decided nothing yet.\n` : journal;
    },
  });
}

export async function openJournal(machine: Machine): Promise<void> {
  const name = machine.label.replaceAll('/', '-');
  // Another address each time: the editor keeps what it has of one.
  const uri = vscode.Uri.from({
    scheme,
    path: `/${name} watchdog.log`,
    query: machine.id,
    fragment: String(Date.now()),
  });
  const document = await vscode.workspace.openTextDocument(uri);
  const editor = await vscode.window.showTextDocument(document, { preview: true });
  const end = document.lineAt(document.lineCount - 1).range.end;
  editor.revealRange(new vscode.Range(end, end));
}
