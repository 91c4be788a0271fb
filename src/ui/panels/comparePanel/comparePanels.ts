import * as vscode from 'vscode';
import { Disposables } from '../../../lib/disposables';
import type { Disposable } from '../../../lib/disposables';
import { comparePanelViewType } from '../../../protocol/comparePanel';
import type { Core } from '../../../services/core';
import { ComparePanel } from './comparePanel';

/** What the panel uses of the extension. */
export interface ComparePanelDeps {
  /** Opened at first use; a rejection is shown in the panel. */
  readonly core: () => Promise<Core>;
  readonly extensionUri: vscode.Uri;
  /** Unix milliseconds. */
  readonly now: () => number;
  openRun(jobId: string): Promise<void>;
}

/** The panel that compares jobs: at most one a window. */
export class ComparePanels implements Disposable, vscode.WebviewPanelSerializer {
  private readonly held = new Disposables();
  private panel: ComparePanel | undefined;

  constructor(private readonly deps: ComparePanelDeps) {
    this.held.add(vscode.window.registerWebviewPanelSerializer(comparePanelViewType, this));
  }

  /** Shows the panel, with these runs checked; without any, with those that were checked before. */
  open(checked: readonly string[]): void {
    if (this.panel) {
      this.panel.reveal(checked);
      return;
    }
    const title = 'Compare Jobs';
    const panel = vscode.window.createWebviewPanel(comparePanelViewType, title, vscode.ViewColumn.Active, {
      enableFindWidget: true,
    });
    this.adopt(panel, checked);
  }

  /** Called by VS Code for the panel that was open when the window was closed or reloaded. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    this.adopt(panel, []);
    return Promise.resolve();
  }

  dispose(): void {
    this.panel?.dispose();
    this.held.dispose();
  }

  private adopt(panel: vscode.WebviewPanel, checked: readonly string[]): void {
    this.panel?.dispose();
    const compare = new ComparePanel(panel, this.deps, checked);
    this.panel = compare;
    panel.onDidDispose(() => {
      if (this.panel === compare) this.panel = undefined;
    });
  }
}
