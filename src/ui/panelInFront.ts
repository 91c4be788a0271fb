import * as vscode from 'vscode';
import type { TrainingJob } from '../core/trainingJob';
import { runPanelViewType } from '../protocol/runPanel';

/** Whether the job's panel is the tab that a person sees. Tabs have no ids, so two jobs of one name count as one. */
export function isPanelInFront(job: TrainingJob): boolean {
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  const input = tab?.input;
  // The editor puts a prefix of its own before a panel's type.
  return (
    tab?.label === job.name &&
    input instanceof vscode.TabInputWebview &&
    input.viewType.endsWith(runPanelViewType)
  );
}
