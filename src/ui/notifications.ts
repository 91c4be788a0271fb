import * as vscode from 'vscode';
import { notebookOf } from '../core/notebook/executedOutput';
import type { TrainingJob } from '../core/trainingJob';
import type { Disposable } from '../lib/disposables';
import type { Core } from '../services/core';
import { endedText, isAnnounced } from './endedText';
import { isFirstToTell, turnOf } from './firstToTell';
import type { Host } from './host';
import { isPanelInFront } from './panelInFront';
import { runCommand } from './runCommand';
import { tick } from './walkthroughSteps';

/** Tells of jobs that ended while nobody could see them, with what one would do next on the buttons. */
export function notifications(host: Host, core: Core, inSight: (job: TrainingJob) => boolean): Disposable {
  const { globalState } = host.extension;
  return core.jobs.onDidEnd((job) => {
    if (job.state === 'failed' && isPanelInFront(job)) tick('sawFailure');
    void runCommand(host.log, async () => {
      const wanted = core.setting('trainyard.notifications.jobEnded');
      const notebook = notebookOf(job.spec.envs) !== undefined;
      const announced = isAnnounced(job, notebook && wanted === 'failed' ? 'all' : wanted);
      if (!announced && !notebook) return;
      const seen = inSight(job);
      // Also where it is seen here: then no other window needs to tell.
      const turn = turnOf(vscode.window.state.focused);
      if (!(await isFirstToTell(globalState, job.id, turn))) return;
      if (notebook) await (await import('./notebooks/offerExecuted')).offerExecuted(core, job, announced);
      else if (!seen) await tell(job);
    });
  });
}

async function tell(job: TrainingJob): Promise<void> {
  const show =
    job.state === 'failed' ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  const chosen = await show(endedText(job), 'Open Job', 'Resubmit…');
  if (chosen === 'Open Job') await vscode.commands.executeCommand('trainyard.job.open', job.id);
  if (chosen === 'Resubmit…') await vscode.commands.executeCommand('trainyard.job.resubmit', job.id);
}
