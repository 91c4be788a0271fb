import * as vscode from 'vscode';
import { asError } from '../../core/errors';
import { Disposables, type Disposable } from '../../lib/disposables';
import type { Core } from '../../services/core';
import type { MachineEntry } from '../../services/machines/machines';
import type { Host } from '../host';
import type { MachinePart } from './machineRows/machinePart';
import { machineParts } from './machineRows/machineParts';
import { machineChildren, machinesNodes, machinesRow, partNodes, type MachinesNode } from './machinesNode';
import { LiveRows, type LiveRow } from './liveRows';
import { redraw } from './redraw';
import { RemoteFolders } from './remoteFolders';
import type { Row } from './row';
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
  /** The nodes of machines and of what is on them as the editor knows them, by their rows' ids: it draws again only the very objects that it was given. */
  private readonly shown = new Map<string, MachinesNode>();
  private readonly live = new LiveRows();
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
      case 'machine':
      case 'part': {
        const nodes = this.below(node);
        this.live.unfold(
          this.row(node).id,
          nodes.map((one) => this.row(one)),
        );
        return nodes;
      }
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
    return this.shown.get(this.row({ kind: 'machine', machine: id }).id);
  }

  getTreeItem(node: MachinesNode): vscode.TreeItem {
    const now = Date.now();
    this.live.draw(this.row(node), now);
    const row = this.row(node, now);
    return treeItem(row.command ? { ...row, command: openClicked } : row);
  }

  /** A person has folded the row up. */
  fold(node: MachinesNode): void {
    this.live.fold(this.row(node).id);
    if (node.kind === 'machine') this.updateSoon([node.machine]);
  }

  /** Does what a click on the row does. */
  async open(node: MachinesNode): Promise<void> {
    const { command } = this.row(node);
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
          this.updateSoon(id === undefined ? this.machines() : [id]);
        }),
      );
    }
    return held;
  }

  private updateSoon(ids: readonly string[]): void {
    for (const id of ids) this.moved.add(id);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const moved = [...this.moved];
      this.moved.clear();
      this.update(moved);
    }, redraw);
  }

  private updateAll(): void {
    this.update(this.machines());
  }

  /** Draws the rows that look different now, and the whole view only where machines came, went or moved. */
  private update(machines: readonly string[]): void {
    if (!this.core || !this.visible) return;
    if (JSON.stringify(this.top(this.core)) !== this.shape) {
      this.draw();
      return;
    }
    for (const id of machines) {
      const { ids, later } = this.live.changed(this.liveRow(this.machineNode(id)), Date.now());
      for (const row of ids) this.changed.fire(this.shown.get(row));
      if (later) this.updateSoon([id]);
    }
  }

  private draw(): void {
    this.changed.fire(undefined);
  }

  private liveRow(node: MachinesNode): LiveRow {
    return { row: this.row(node), below: this.below(node).map((one) => this.liveRow(one)) };
  }

  /** `now` in unix milliseconds is for ages in tooltips: two rows of the same `now` differ only where something happened. */
  private row(node: MachinesNode, now = 0): Row {
    const entry = 'machine' in node ? this.entry(node.machine) : undefined;
    return machinesRow(node, entry, this.parts, now);
  }

  /** What is on a machine or below a row of it, but for its files' own rows. */
  private below(node: MachinesNode): MachinesNode[] {
    if (node.kind === 'part')
      return partNodes(node.machine, node.part.rows ?? []).map((one) => this.known(one));
    const entry = node.kind === 'machine' ? this.entry(node.machine) : undefined;
    return entry ? machineChildren(entry, this.parts).map((one) => this.known(one)) : [];
  }

  private async roots(): Promise<readonly MachinesNode[]> {
    try {
      const core = await this.host.core.get();
      await core.machines.look();
      const top = this.top(core);
      this.shape = JSON.stringify(top);
      this.live.forget();
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
    return this.known({ kind: 'machine', machine: id });
  }

  /** The object of this row that the editor knows, with what is on it now. */
  private known(node: MachinesNode): MachinesNode {
    const { id } = this.row(node);
    const known = this.shown.get(id) ?? node;
    this.shown.set(id, known);
    return Object.assign(known, node);
  }

  private machines(): readonly string[] {
    return this.core?.machines.known.entries.map(({ instance }) => instance.id) ?? [];
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
