import * as vscode from 'vscode';
import { Disposables } from '../../../lib/disposables';
import type { Disposable } from '../../../lib/disposables';
import { runPanelViewType } from '../../../protocol/runPanel';
import type { RunTab } from '../../../protocol/runPanel';
import type { Core } from '../../../services/core';
import { checkedJobId } from '../checks';
import { RunPanel } from './runPanel';

/** What the panels use of the extension. */
export interface RunPanelDeps {
  /** Opened at first use; a rejection is shown in the panel. */
  readonly core: () => Promise<Core>;
  readonly extensionUri: vscode.Uri;
  /** Unix milliseconds. */
  readonly now: () => number;
  stop(jobId: string): Promise<void>;
  /** Confirms the spend natively before anything is started. */
  resubmit(jobId: string): Promise<void>;
  editJobFile(jobId: string): Promise<void>;
  /** `line` is 1-based. */
  openFile(file: vscode.Uri, line?: number): Promise<void>;
}

/** The open run panels, at most one a job. */
export class RunPanels implements Disposable, vscode.WebviewPanelSerializer {
  private readonly held = new Disposables();
  private readonly panels = new Map<string, RunPanel>();

  constructor(private readonly deps: RunPanelDeps) {
    this.held.add(vscode.window.registerWebviewPanelSerializer(runPanelViewType, this));
  }

  /** Shows the job's panel, on `tab` where one is named; the one that is open already comes to the front. */
  open(jobId: string, tab?: RunTab): void {
    const open = this.panels.get(jobId);
    if (open) {
      open.reveal(tab);
      return;
    }
    const panel = vscode.window.createWebviewPanel(runPanelViewType, jobId, vscode.ViewColumn.Active, {
      enableFindWidget: true,
    });
    this.adopt(panel, jobId, tab);
  }

  /** Called by VS Code for each panel that was open when the window was closed or reloaded. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const saved = typeof state === 'object' && state !== null ? (state as { jobId?: unknown }) : {};
    try {
      this.adopt(panel, checkedJobId(saved.jobId));
    } catch {
      // It was closed before it had saved which job it showed: nothing to bring back.
      panel.dispose();
    }
    return Promise.resolve();
  }

  dispose(): void {
    for (const panel of [...this.panels.values()]) panel.dispose();
    this.held.dispose();
  }

  private adopt(panel: vscode.WebviewPanel, jobId: string, tab?: RunTab): void {
    this.panels.get(jobId)?.dispose();
    const run = new RunPanel(panel, jobId, this.deps, tab);
    this.panels.set(jobId, run);
    panel.onDidDispose(() => {
      if (this.panels.get(jobId) === run) this.panels.delete(jobId);
    });
  }
}
