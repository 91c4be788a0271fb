import * as vscode from 'vscode';
import { jobFolder } from '../../../core/jobFolder';
import { bringOutput } from '../../../services/jobs/outputsHere';
import type { RunAction } from '../../../protocol/runPanel';
import { signalOf } from '../../cancellation';
import type { RunPanelDeps } from './runPanels';

/** What the panel's buttons do. Nothing here reaches outside the job's own folder. */
export class RunActions {
  private readonly table: Record<RunAction, () => Promise<unknown>> = {
    stop: () => this.deps.stop(this.jobId),
    resubmit: () => this.deps.resubmit(this.jobId),
    editJobFile: () => this.deps.editJobFile(this.jobId),
    openJobFile: async () => this.deps.openFile(await this.inFolder(jobFolder.file)),
    openFolder: async () => vscode.commands.executeCommand('trainyard.job.openFolder', this.jobId),
    revealOutputs: async () => reveal(await this.inFolder(jobFolder.outputs)),
    copyId: () => Promise.resolve(vscode.env.clipboard.writeText(this.jobId)),
  };

  constructor(
    private readonly jobId: string,
    private readonly deps: RunPanelDeps,
  ) {}

  async run(action: RunAction): Promise<void> {
    await this.table[action]();
  }

  /** Opens a file that the job's outputs list, and no other. */
  async openOutput({ name, path }: { name: string; path: string }): Promise<void> {
    const { jobs } = await this.deps.core();
    const outputs = await jobs.outputs(this.jobId, new AbortController().signal);
    const output = outputs.find((one) => one.name === name);
    const listed = output?.files.some((file) => file.path === path);
    if (output?.folder === undefined || !listed || path.split(/[\\/]/).includes('..')) {
      throw new Error(`This file is not among the job's outputs: ${path}`);
    }
    const file = vscode.Uri.joinPath(vscode.Uri.file(output.folder), path);
    await vscode.commands.executeCommand('vscode.open', file);
  }

  /** Brings an output to this computer, into the job's own folder. */
  async downloadOutput(name: string): Promise<void> {
    const { jobs } = await this.deps.core();
    const title = `Outputs of ${jobs.get(this.jobId)?.name ?? this.jobId}`;
    const location = vscode.ProgressLocation.Notification;
    await vscode.window.withProgress({ location, title, cancellable: true }, (progress, token) =>
      bringOutput(
        jobs,
        this.jobId,
        name,
        (message) => {
          progress.report({ message });
        },
        signalOf(token),
      ),
    );
  }

  private async inFolder(...parts: string[]): Promise<vscode.Uri> {
    const { jobs } = await this.deps.core();
    return vscode.Uri.joinPath(vscode.Uri.file(jobs.folder(this.jobId)), ...parts);
  }
}

/**
 * Shows a folder in the computer's file manager. In a browser or a remote window there is none: there the editor's own
 * file dialog shows it, and opens what is chosen.
 */
async function reveal(folder: vscode.Uri): Promise<void> {
  if (vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined) {
    await vscode.commands.executeCommand('revealFileInOS', folder);
    return;
  }
  const [file] = (await vscode.window.showOpenDialog({ defaultUri: folder, openLabel: 'Open' })) ?? [];
  if (file) await vscode.commands.executeCommand('vscode.open', file);
}
