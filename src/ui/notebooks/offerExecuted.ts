import * as vscode from 'vscode';
import { ProviderError } from '../../core/errors';
import { notebookOf } from '../../core/notebook/executedOutput';
import type { TrainingJob } from '../../core/trainingJob';
import type { Core } from '../../services/core';
import { executedNotebook } from '../../services/notebooks/executedNotebook';
import { slowProgress } from '../slowProgress';
import { oneLine } from '../trees/markdown';

/** Milliseconds after which nobody waits any more for a notebook to come by itself. */
const patience = 300_000;

/** Brings the notebook of a job that ended to this computer and, with `tell`, offers to open it. Quiet until somebody asks for it. */
export async function offerExecuted({ jobs }: Core, job: TrainingJob, tell: boolean): Promise<void> {
  const bring = (signal: AbortSignal) => executedNotebook(jobs, job, signal);
  // Where the machine is away now, the notebook is brought when somebody asks for it.
  const early = await bring(AbortSignal.timeout(patience)).then(
    (file) => ({ file }),
    () => undefined,
  );
  if (!tell) return;
  const name = oneLine(notebookOf(job.spec.envs) ?? job.name, 80);
  if (early && early.file === undefined) {
    const message = `${name} did not run on ${job.connection}: the job ended before its first cell.`;
    const chosen = await vscode.window.showWarningMessage(message, 'Open Job');
    if (chosen === 'Open Job') await vscode.commands.executeCommand('trainyard.job.open', job.id);
    return;
  }
  const failed = job.state === 'failed';
  const show = failed ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  const message = failed
    ? `${name} ran on ${job.connection} up to a cell that failed.`
    : `${name} has run on ${job.connection}.`;
  const chosen = await show(message, 'Open Notebook', 'Open Job');
  if (chosen === 'Open Job') await vscode.commands.executeCommand('trainyard.job.open', job.id);
  if (chosen !== 'Open Notebook') return;
  const file = early?.file ?? (await slowProgress(`Bringing ${name} from ${job.connection}`, bring));
  if (file === undefined) throw new ProviderError('notFound', `The job left no notebook: ${name}`);
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
}
