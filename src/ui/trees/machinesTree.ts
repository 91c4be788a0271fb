import * as vscode from 'vscode';
import { asError } from '../../core/errors';
import { Disposables, type Disposable } from '../../lib/disposables';
import type { Core } from '../../services/core';
import type { MachineEntry } from '../../services/machines/machines';
import type { Host } from '../host';
import type { MachinePart } from './machineRows/machinePart';
import { machineParts } from './machineRows/machineParts';
import { machineChildren, machinesNodes, machinesRow, partNodes, type MachinesNode } from './machinesNode';
import { redraw } from './redraw';
import { RemoteFolders } from './remoteFolders';
import { treeItem } from './treeItem';

/**
 * What a click does. It has no arguments, as the editor forgets those of a row that is drawn again, which can be each few seconds,
 * before it draws it, and the click is lost.
 */
const openClicked = { command: '_trainyard.machines.openClicked', title: 'Open', arguments: [] };

/** The Machines view: each machine with how it is, and what is on it. */
export class MachinesTree implements vscode.TreeDataProvider<MachinesNode>, Disposable {
  private readonly held = new Disposables();
  private readonly changed = new vscode.EventEmitter<MachinesNode | undefined>();
  private readonly folders: RemoteFolders;
  private parts: readonly MachinePart[] = [];
  private core: Core | undefined;
  private visible = false;
  /** While somebody can see the machines, their platforms are asked how they are. */
  private looking: Disposable | undefined;
  /** The machines' nodes as the editor knows them, by id: it draws again only the very objects that it was given. */
  private readonly shown = new Map<string, MachinesNode>();
  /** What was last drawn of each, so that nothing is drawn for nothing. */
  private readonly drawn = new Map<string, string>();
  private shape = '';
  private readonly watched = new Map<string, Disposable>();
  private readonly moved = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly host: Host) {
    this.folders = new RemoteFolders(
      async (id) => (await host.core.get()).machines.get(id),
      (node) => {
        this.changed.fire(node);
      },
    );
    this.held.add(
      host.core.onDidChange(() => {
        this.draw();
      }),
    );
    this.held.add(host.core.whenOpen((core) => this.follow(core)));
  }

  /** Asks everything again. */
  refresh(): void {
    this.folders.forget();
    void vscode.window.withProgress({ location: { viewId: 'trainyard.machines' } }, async () => {
      await this.core?.machines.askAnew();
    });
    this.draw();
  }

  async getChildren(node?: MachinesNode): Promise<MachinesNode[]> {
    if (!node) return [...(await this.roots())];
    switch (node.kind) {
      case 'group':
        return node.machines.map((id) => this.machineNode(id));
      case 'machine': {
        const entry = this.entry(node.machine);
        return entry ? [...machineChildren(entry, this.parts)] : [];
      }
      case 'part':
        return [...partNodes(node.machine, node.part.rows ?? [])];
      case 'folder':
        return [...(await this.folders.children(node))];
      case 'problem':
      case 'file':
      case 'more':
      case 'noFiles':
      case 'trouble':
        return [];
    }
  }

  /** Only what `reveal` needs, which is for machines alone. */
  getParent(node: MachinesNode): MachinesNode | undefined {
    if (node.kind !== 'machine' || !this.core) return undefined;
    return this.top(this.core).find((one) => one.kind === 'group' && one.machines.includes(node.machine));
  }

  /** The node of a machine that the editor has been given. */
  shownMachine(id: string): MachinesNode | undefined {
    return this.shown.get(id);
  }

  getTreeItem(node: MachinesNode): vscode.TreeItem {
    const entry = 'machine' in node ? this.entry(node.machine) : undefined;
    if (node.kind === 'machine') this.drawn.set(node.machine, this.pictureOf(entry));
    const row = machinesRow(node, entry, this.parts, Date.now());
    return treeItem(row.command ? { ...row, command: openClicked } : row);
  }

  /** Does what a click on the row does. */
  async open(node: MachinesNode): Promise<void> {
    const entry = 'machine' in node ? this.entry(node.machine) : undefined;
    const { command } = machinesRow(node, entry, this.parts, Date.now());
    if (!command) return;
    const words = command.arguments.length > 0 ? command.arguments : [node];
    await vscode.commands.executeCommand(command.command, ...words);
  }

  /** Machines are watched only while somebody can see them. */
  setVisible(visible: boolean): void {
    this.visible = visible;
    this.look();
    this.watch();
    if (visible) this.updateAll();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.looking?.dispose();
    for (const watching of this.watched.values()) watching.dispose();
    this.held.dispose();
    this.changed.dispose();
  }

  private follow(core: Core): Disposable {
    const held = new Disposables();
    this.core = core;
    this.parts = machineParts(core);
    this.look();
    held.add(
      core.machines.onDidChange(() => {
        this.watch();
        this.updateAll();
      }),
    );
    held.add(
      core.machines.onDidChangeStatus(({ id }) => {
        this.watch();
        this.update([id]);
      }),
    );
    for (const part of this.parts) {
      if (!part.onDidChange) continue;
      held.add(
        part.onDidChange((id) => {
          for (const one of id === undefined ? this.shown.keys() : [id]) this.moved.add(one);
          this.timer ??= setTimeout(() => {
            this.timer = undefined;
            this.update([...this.moved]);
            this.moved.clear();
          }, redraw);
        }),
      );
    }
    return held;
  }

  private updateAll(): void {
    this.update([...this.shown.keys()]);
  }

  /** Draws the machines that look different now, and the whole view only where rows came, went or moved. */
  private update(ids: readonly string[]): void {
    if (!this.core) return;
    if (JSON.stringify(this.top(this.core)) !== this.shape) {
      this.draw();
      return;
    }
    for (const id of ids) {
      const node = this.shown.get(id);
      if (node && this.pictureOf(this.entry(id)) !== this.drawn.get(id)) this.changed.fire(node);
    }
  }

  private draw(): void {
    this.changed.fire(undefined);
  }

  /** All that is seen of a machine, but for the tooltip's ages. */
  private pictureOf(entry: MachineEntry | undefined): string {
    if (!entry) return '';
    const nodes = machineChildren(entry, this.parts);
    const row = machinesRow({ kind: 'machine', machine: entry.instance.id }, entry, this.parts, 0);
    return JSON.stringify([row, nodes, nodes.map((node) => machinesRow(node, entry, this.parts, 0))]);
  }

  private async roots(): Promise<readonly MachinesNode[]> {
    try {
      const core = await this.host.core.get();
      await core.machines.look();
      const top = this.top(core);
      this.shape = JSON.stringify(top);
      return top.map((node) => (node.kind === 'machine' ? this.machineNode(node.machine) : node));
    } catch (error) {
      return [
        { kind: 'trouble', id: 'state', label: "Trainyard's state can't be opened", error: asError(error) },
      ];
    }
  }

  private top({ machines, attached }: Core): readonly MachinesNode[] {
    return machinesNodes(machines.known, (id) => attached.isWanted(id));
  }

  private machineNode(id: string): MachinesNode {
    const known = this.shown.get(id);
    if (known) return known;
    const node: MachinesNode = { kind: 'machine', machine: id };
    this.shown.set(id, node);
    return node;
  }

  private entry(id: string): MachineEntry | undefined {
    return this.core?.machines.known.entries.find(({ instance }) => instance.id === id);
  }

  private look(): void {
    if (this.visible) this.looking ??= this.core?.machines.watch();
    else {
      this.looking?.dispose();
      this.looking = undefined;
    }
  }

  private watch(): void {
    const entries = this.visible ? (this.core?.machines.known.entries ?? []) : [];
    const attached = new Map(
      entries
        .filter(({ machine }) => ['attached', 'reconnecting'].includes(machine.status.state))
        .map(({ machine }) => [machine.id, machine]),
    );
    for (const [id, watching] of this.watched) {
      if (attached.has(id)) continue;
      watching.dispose();
      this.watched.delete(id);
    }
    for (const [id, machine] of attached) {
      if (this.watched.has(id)) continue;
      const held = new Disposables();
      for (const part of this.parts) if (part.watch) held.add(part.watch(machine));
      this.watched.set(id, held);
    }
  }
}
