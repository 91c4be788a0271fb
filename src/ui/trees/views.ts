import * as vscode from 'vscode';
import { hasEnded, type TrainingJob } from '../../core/trainingJob';
import { countText } from '../../core/words';
import { Disposables, type Disposable } from '../../lib/disposables';
import type { Host } from '../host';
import { isPanelInFront } from '../panelInFront';
import { JobsTree } from './jobsTree';
import { openMachinesView } from './machinesView';
import { nextSelected } from './nextSelected';

/** Views of later versions: their welcome says what they will show. */
const comingViews = ['trainyard.models', 'trainyard.endpoints', 'trainyard.spend'];

export interface Views extends Disposable {
  readonly refresh: () => void;
  /** Whether a person can see now how this job is, so that nothing needs to tell them. */
  readonly inSight: (job: TrainingJob) => boolean;
}

/** The five views. Making them costs nothing: each asks for its content when it is first seen. */
export function openViews(host: Host): Views {
  const held = new Disposables();
  const tree = held.add(new JobsTree(host));
  const jobs = held.add(
    vscode.window.createTreeView('trainyard.jobs', { treeDataProvider: tree, canSelectMany: true }),
  );
  held.add(
    // A click selects its row before it runs the row's command.
    vscode.commands.registerCommand('_trainyard.jobs.openClicked', async () => {
      const clicked = jobs.selection.at(-1) ?? (await nextSelected(jobs));
      if (clicked?.kind === 'more') tree.showMore(clicked.connection);
      else if (clicked) await vscode.commands.executeCommand('trainyard.job.open', clicked);
    }),
  );
  const showVisible = () => {
    tree.setVisible(jobs.visible);
  };
  const showBadge = () => {
    const running = host.core.current?.jobs.list().filter((job) => !hasEnded(job.state)).length ?? 0;
    jobs.badge =
      running > 0 ? { value: running, tooltip: `${countText(running, 'job')} running` } : undefined;
  };
  held.add(
    jobs.onDidCollapseElement(({ element }) => {
      if (element.kind === 'others') tree.close(element.connection);
    }),
  );
  held.add(jobs.onDidChangeVisibility(showVisible));
  held.add(
    host.core.whenOpen((core) => {
      showBadge();
      return core.jobs.onDidChange(showBadge);
    }),
  );
  showVisible();
  const machines = held.add(openMachinesView(host));
  for (const id of comingViews) {
    held.add(
      vscode.window.registerTreeDataProvider<never>(id, {
        getChildren: () => [],
        getTreeItem: (none) => none,
      }),
    );
  }
  return {
    refresh: () => {
      host.core.retry();
      host.core.current?.jobs.retry();
      tree.askAnew();
      tree.refresh();
      machines.refresh();
    },
    inSight: (job) => vscode.window.state.focused && (jobs.visible || isPanelInFront(job)),
    dispose: () => {
      held.dispose();
    },
  };
}
