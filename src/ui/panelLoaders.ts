import * as vscode from 'vscode';
import { comparePanelViewType } from '../protocol/comparePanel';
import { runPanelViewType } from '../protocol/runPanel';
import type { LazyCore } from './lazyCore';
import { PanelLoader } from './panelLoader';
import type { ComparePanels } from './panels/comparePanel/comparePanels';
import type { RunPanels } from './panels/runPanel/runPanels';

export function runPanelLoader(extensionUri: vscode.Uri, core: LazyCore): PanelLoader<RunPanels> {
  return new PanelLoader(runPanelViewType, async () => {
    const { RunPanels } = await import('./panels/runPanel/runPanels');
    return () =>
      new RunPanels({
        core: () => core.get(),
        extensionUri,
        now: Date.now,
        stop: (jobId) => run('trainyard.job.stop', jobId),
        resubmit: (jobId) => run('trainyard.job.resubmit', jobId),
        editJobFile: (jobId) => run('trainyard.job.editFile', jobId),
        openFile: async (file, line) => {
          const at = line === undefined ? undefined : new vscode.Position(Math.max(0, line - 1), 0);
          await vscode.window.showTextDocument(file, at ? { selection: new vscode.Range(at, at) } : {});
        },
      });
  });
}

export function comparePanelLoader(extensionUri: vscode.Uri, core: LazyCore): PanelLoader<ComparePanels> {
  return new PanelLoader(comparePanelViewType, async () => {
    const { ComparePanels } = await import('./panels/comparePanel/comparePanels');
    return () =>
      new ComparePanels({
        core: () => core.get(),
        extensionUri,
        now: Date.now,
        openRun: (jobId) => run('trainyard.job.open', jobId),
      });
  });
}

async function run(command: string, jobId: string): Promise<void> {
  await vscode.commands.executeCommand(command, jobId);
}
