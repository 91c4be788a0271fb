import * as vscode from 'vscode';
import { Disposables, type Disposable } from '../lib/disposables';
import { comparePanelViewType } from '../protocol/comparePanel';
import { machinePanelViewType } from '../protocol/machinePanel';
import { runPanelViewType } from '../protocol/runPanel';
import type { LazyCore } from './lazyCore';
import { PanelLoader } from './panelLoader';
import type { ComparePanels } from './panels/comparePanel/comparePanels';
import type { MachinePanels } from './panels/machinePanel/machinePanels';
import type { RunPanels } from './panels/runPanel/runPanels';
import type { PanelDeps } from './panels/sessionPanel';

/** The panels of each kind, which are loaded with the first of them. */
export interface Panels extends Disposable {
  readonly runPanels: () => Promise<RunPanels>;
  readonly comparePanels: () => Promise<ComparePanels>;
  readonly machinePanels: () => Promise<MachinePanels>;
}

export function openPanels(extensionUri: vscode.Uri, core: LazyCore): Panels {
  const held = new Disposables();
  const deps: PanelDeps = { core: () => core.get(), extensionUri, now: Date.now };
  const runs = held.add(runPanelLoader(deps));
  const comparisons = held.add(comparePanelLoader(deps));
  const machines = held.add(machinePanelLoader(deps));
  return {
    runPanels: () => runs.get(),
    comparePanels: () => comparisons.get(),
    machinePanels: () => machines.get(),
    dispose: () => {
      held.dispose();
    },
  };
}

function runPanelLoader(deps: PanelDeps): PanelLoader<RunPanels> {
  return new PanelLoader(runPanelViewType, async () => {
    const { RunPanels } = await import('./panels/runPanel/runPanels');
    return () =>
      new RunPanels({
        ...deps,
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

function comparePanelLoader(deps: PanelDeps): PanelLoader<ComparePanels> {
  return new PanelLoader(comparePanelViewType, async () => {
    const { ComparePanels } = await import('./panels/comparePanel/comparePanels');
    return () =>
      new ComparePanels({
        ...deps,
        openRun: (jobId) => run('trainyard.job.open', jobId),
      });
  });
}

function machinePanelLoader(deps: PanelDeps): PanelLoader<MachinePanels> {
  return new PanelLoader(machinePanelViewType, async () => {
    const { MachinePanels } = await import('./panels/machinePanel/machinePanels');
    return () =>
      new MachinePanels({
        ...deps,
        find: async ({ machines }, id) => {
          if (!machines.isRead) await machines.refresh();
          return machines.known.entries.find(({ instance }) => instance.id === id);
        },
        act: (action, id) => run(`trainyard.machine.${action}`, id),
        stopProcess: (id, process) => run('trainyard.machine.stopProcess', id, process),
      });
  });
}

async function run(command: string, ...words: unknown[]): Promise<void> {
  await vscode.commands.executeCommand(command, ...words);
}
