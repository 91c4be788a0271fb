import * as vscode from 'vscode';
import { stateFolder } from './node/home';
import type { Core } from './services/core';
import { background } from './ui/background';
import { connectionCommands } from './ui/commands/connectionCommands';
import { generalCommands } from './ui/commands/generalCommands';
import { jobCommands } from './ui/commands/jobCommands';
import { machineCommands } from './ui/commands/machineCommands';
import { registerCommands } from './ui/commands/registerCommands';
import { watchdogCommands } from './ui/commands/watchdogCommands';
import type { Host } from './ui/host';
import { JobFiles } from './ui/language/jobFiles';
import { languageFeatures } from './ui/language/languageFeatures';
import { LazyCore } from './ui/lazyCore';
import { machineFileSystem } from './ui/machines/machineFileSystem';
import { notebookCommands } from './ui/notebooks/notebookCommands';
import { NotebookSupport } from './ui/notebooks/notebookSupport';
import { openFailure } from './ui/openFailure';
import { openPanels } from './ui/panelLoaders';
import { jobFileDocuments } from './ui/panels/comparePanel/jobFileDocuments';
import { settingsChanged } from './ui/settings';
import { Submissions } from './ui/submissions';
import { openViews } from './ui/trees/views';
import { wake } from './ui/wake';
import { watchdogJournals } from './ui/watchdog/watchdogJournal';
import { workplace } from './ui/workplace';

/**
 * The VS Code host. It is activated once the editor has started (`onStartupFinished`), so that jobs which run in the
 * background are announced, or before by a view, a command or a panel that comes back. All of it is registered here at once
 * and costs nothing felt: state, providers, parser and panels are loaded by the first thing that needs them.
 */
export function activate(extension: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Trainyard', { log: true });
  const home = stateFolder();
  const core = new LazyCore(() => openState(extension, log, home));
  const panels = openPanels(extension.extensionUri, core);
  const host: Host = {
    extension,
    log,
    core,
    jobFiles: new JobFiles(extension.workspaceState),
    submissions: new Submissions(),
    onDidChangeSettings: settingsChanged,
    panels,
  };
  const views = openViews(host);
  const notebooks = new NotebookSupport(host);
  extension.subscriptions.push(
    log,
    core,
    panels,
    views,
    notebooks,
    registerCommands(host, [jobCommands, machineCommands, watchdogCommands, notebookCommands(notebooks)]),
    registerCommands(host, [connectionCommands, generalCommands(views.refresh)]),
    languageFeatures(host),
    jobFileDocuments(() => core.get()),
    watchdogJournals(() => core.get()),
    machineFileSystem(core),
    core.whenOpen((opened) => background(host, opened, views.inSight)),
  );
  void wake(core, home);
}

async function openState(
  extension: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  home: string,
): Promise<Core> {
  try {
    const [{ openCore }, { providers }] = await Promise.all([
      import('./services/core'),
      import('./providers/all'),
    ]);
    return await openCore({ home, providers, ...workplace(extension, log) });
  } catch (error) {
    log.error(error instanceof Error ? error : String(error));
    throw openFailure(error);
  }
}
