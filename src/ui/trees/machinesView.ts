import * as vscode from 'vscode';
import { Disposables, type Disposable } from '../../lib/disposables';
import type { Host } from '../host';
import type { MachinesNode } from './machinesNode';
import { MachinesTree } from './machinesTree';
import { nextSelected } from './nextSelected';

export interface MachinesView extends Disposable {
  refresh(): void;
}

/** The Machines view. Making it costs nothing: it asks for its content when it is first seen. */
export function openMachinesView(host: Host): MachinesView {
  const held = new Disposables();
  const tree = held.add(new MachinesTree(host));
  const view = held.add(
    vscode.window.createTreeView<MachinesNode>('trainyard.machines', {
      treeDataProvider: tree,
      canSelectMany: true,
    }),
  );
  const showVisible = () => {
    tree.setVisible(view.visible);
  };
  held.add(view.onDidChangeVisibility(showVisible));
  held.add(
    // A click selects its row before it runs the row's command.
    vscode.commands.registerCommand('_trainyard.machines.openClicked', async () => {
      const clicked = view.selection.at(-1) ?? (await nextSelected(view));
      if (clicked) await tree.open(clicked);
    }),
  );
  showVisible();
  return {
    refresh: () => {
      tree.refresh();
    },
    dispose: () => {
      held.dispose();
    },
  };
}
