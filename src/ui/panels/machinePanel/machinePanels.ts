import * as vscode from 'vscode';
import { Disposables, type Disposable } from '../../../lib/disposables';
import { machinePanelViewType, type MachineAction } from '../../../protocol/machinePanel';
import type { Core } from '../../../services/core';
import type { MachineEntry } from '../../../services/machines/machines';
import type { ProcessName } from '../../../services/samples/machineSamples';
import { checkedMachineId } from './machineChecks';
import { MachinePanel } from './machinePanel';

/** What the panels use of the extension. */
export interface MachinePanelDeps {
  /** Opened at first use; a rejection is shown in the panel. */
  readonly core: () => Promise<Core>;
  readonly extensionUri: vscode.Uri;
  /** Unix milliseconds. */
  readonly now: () => number;
  find(core: Core, machineId: string): Promise<MachineEntry | undefined>;
  act(action: MachineAction, machineId: string): Promise<void>;
  /** Asks natively first. */
  stopProcess(machineId: string, process: ProcessName): Promise<void>;
}

/** The open panels of machines, at most one each. */
export class MachinePanels implements Disposable, vscode.WebviewPanelSerializer {
  private readonly held = new Disposables();
  private readonly panels = new Map<string, MachinePanel>();

  constructor(private readonly deps: MachinePanelDeps) {
    this.held.add(vscode.window.registerWebviewPanelSerializer(machinePanelViewType, this));
  }

  /** Shows the machine's panel; the one that is open already comes to the front. */
  open(machineId: string, label: string): void {
    const open = this.panels.get(machineId);
    if (open) {
      open.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(machinePanelViewType, label, vscode.ViewColumn.Active, {
      enableFindWidget: true,
    });
    this.adopt(panel, machineId);
  }

  /** Called by VS Code for each panel that was open when the window was closed or reloaded. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const saved = typeof state === 'object' && state !== null ? (state as { machine?: unknown }) : {};
    try {
      this.adopt(panel, checkedMachineId(saved.machine));
    } catch {
      // It was closed before it had saved which machine it showed: nothing to bring back.
      panel.dispose();
    }
    return Promise.resolve();
  }

  dispose(): void {
    for (const panel of [...this.panels.values()]) panel.dispose();
    this.held.dispose();
  }

  private adopt(panel: vscode.WebviewPanel, machineId: string): void {
    this.panels.get(machineId)?.dispose();
    const machine = new MachinePanel(panel, machineId, this.deps);
    this.panels.set(machineId, machine);
    panel.onDidDispose(() => {
      if (this.panels.get(machineId) === machine) this.panels.delete(machineId);
    });
  }
}
