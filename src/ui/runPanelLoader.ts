import * as vscode from 'vscode';
import type { Disposable } from '../lib/disposables';
import { runPanelViewType } from '../protocol/runPanel';
import type { LazyCore } from './lazyCore';
import type { RunPanels } from './panels/runPanels';

/** Loads the run panels with the first one that is opened, or that the editor brings back after a reload. */
export class RunPanelLoader implements Disposable {
  private loading: Promise<RunPanels> | undefined;
  private readonly restorer: vscode.Disposable;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly core: LazyCore,
  ) {
    this.restorer = vscode.window.registerWebviewPanelSerializer(runPanelViewType, {
      deserializeWebviewPanel: async (panel, state) =>
        (await this.get()).deserializeWebviewPanel(panel, state),
    });
  }

  get(): Promise<RunPanels> {
    return (this.loading ??= this.load());
  }

  dispose(): void {
    this.restorer.dispose();
    void this.loading?.then((panels) => {
      panels.dispose();
    });
  }

  private async load(): Promise<RunPanels> {
    const { RunPanels } = await import('./panels/runPanels');
    // Theirs takes its place: the editor allows one for each kind of panel.
    this.restorer.dispose();
    const run = async (command: string, jobId: string) => {
      await vscode.commands.executeCommand(command, jobId);
    };
    return new RunPanels({
      core: () => this.core.get(),
      extensionUri: this.extensionUri,
      now: Date.now,
      stop: (jobId) => run('trainyard.job.stop', jobId),
      resubmit: (jobId) => run('trainyard.job.resubmit', jobId),
      editJobFile: (jobId) => run('trainyard.job.editFile', jobId),
      openFile: async (file, line) => {
        const at = line === undefined ? undefined : new vscode.Position(Math.max(0, line - 1), 0);
        await vscode.window.showTextDocument(file, at ? { selection: new vscode.Range(at, at) } : {});
      },
    });
  }
}
