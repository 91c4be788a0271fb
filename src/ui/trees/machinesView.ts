import * as vscode from 'vscode';
import type { Machine } from '../../core/machine';
import { Disposables, type Disposable } from '../../lib/disposables';
import type { Core } from '../../services/core';
import { contextKeys } from '../contextKeys';
import type { Host } from '../host';
import type { MachinesNode } from './machinesNode';
import { MachinesTree } from './machinesTree';
import { machinesWelcome } from './machinesWelcome';
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
    view.onDidCollapseElement(({ element }) => {
      tree.fold(element);
    }),
  );
  held.add(
    // A click selects its row before it runs the row's command.
    vscode.commands.registerCommand('_trainyard.machines.openClicked', async () => {
      const clicked = view.selection.at(-1) ?? (await nextSelected(view));
      if (clicked) await tree.open(clicked);
    }),
  );
  showVisible();
  // A row that could not be unfolded before stays folded; who attaches wants to see what is there.
  const attaching = new Set<string>();
  const unfold = ({ id, status }: Machine) => {
    const node = tree.shownMachine(id);
    if (status.state === 'attached' && attaching.has(id) && view.visible && node)
      view.reveal(node, { expand: true, select: false, focus: false }).then(undefined, () => undefined);
    if (status.state === 'attaching') attaching.add(id);
    else attaching.delete(id);
  };
  held.add(host.core.whenOpen((core) => core.machines.onDidChangeStatus(unfold)));
  held.add(
    host.core.whenOpen((core) => {
      if (core.machines.isRead) void tellWelcome(core);
      return core.machines.onDidChange(() => void tellWelcome(core));
    }),
  );
  return {
    refresh: () => {
      tree.refresh();
    },
    dispose: () => {
      held.dispose();
    },
  };
}

async function tellWelcome({ machines, connections }: Core): Promise<void> {
  const welcome = machinesWelcome(machines.isWaiting, await connections.all());
  await vscode.commands.executeCommand('setContext', contextKeys.machinesWelcome, welcome);
}
