import * as vscode from 'vscode';
import { CancelledError } from '../../core/errors';
import { hasEnded, type TrainingJob } from '../../core/trainingJob';
import { bytesText, countText } from '../../core/words';
import type { Core } from '../../services/core';
import { freeSpace, type Freeing } from '../../services/jobs/diskFreeing';
import { diskUse, totalBytes } from '../../services/jobs/diskUse';
import { signalOf } from '../cancellation';
import {
  bySize,
  freeable,
  freeingText,
  jobDiskText,
  kindsText,
  question,
  type MeasuredJob,
} from '../diskText';
import type { Host } from '../host';
import { jobStateIcon } from '../trees/jobStateIcon';

const title = 'Free Disk Space';

/** Asks which ended jobs may give up what, and frees that. */
export async function freeDiskSpace(host: Host): Promise<void> {
  const core = await host.core.get();
  const jobs = await pickMeasured(core);
  if (!jobs || jobs.length === 0) return;
  const freeing = await pickFreeing(jobs);
  if (!freeing) return;
  const { message, detail, action } = question(freeing, jobs);
  const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, action);
  if (answer !== action) return;
  const { freed, done } = await free(core, jobs, freeing);
  const rest = done < jobs.length ? ` ${countText(jobs.length - done, 'job')} stayed as before.` : '';
  void vscode.window.showInformationMessage(`Freed ${bytesText(freed)} of disk space.${rest}`);
}

interface JobItem extends vscode.QuickPickItem {
  readonly measured: MeasuredJob;
}

/** The ended jobs with their sizes, which come one after the other while the list is open. */
async function pickMeasured(core: Core): Promise<readonly MeasuredJob[] | undefined> {
  const all = core.jobs.list();
  const pick = vscode.window.createQuickPick<JobItem>();
  const abort = new AbortController();
  try {
    pick.title = title;
    pick.placeholder = 'Choose jobs that have ended';
    pick.canSelectMany = true;
    pick.ignoreFocusOut = true; // A panel that opens meanwhile must not lose what was ticked.
    pick.matchOnDescription = true;
    pick.matchOnDetail = true;
    pick.busy = true;
    const picked = new Promise<readonly MeasuredJob[] | undefined>((resolve) => {
      pick.onDidAccept(() => {
        resolve(pick.selectedItems.map(({ measured }) => measured));
      });
      pick.onDidHide(() => {
        resolve(undefined);
      });
    });
    pick.show();
    await Promise.race([picked, measure(core, all, pick, abort.signal)]);
    return await picked;
  } finally {
    abort.abort();
    pick.dispose();
  }
}

async function measure(
  core: Core,
  jobs: readonly TrainingJob[],
  pick: vscode.QuickPick<JobItem>,
  signal: AbortSignal,
): Promise<void> {
  const ended: JobItem[] = [];
  let total = 0;
  try {
    for (const job of jobs) {
      const use = await diskUse(core.jobs.folder(job.id), signal);
      total += totalBytes(use);
      pick.title = `${title}: ${bytesText(total)} in ${countText(jobs.length, 'job')}`;
      if (hasEnded(job.state)) ended.push(itemOf({ job, use }));
    }
  } catch (error) {
    if (error instanceof CancelledError) return;
    throw error;
  }
  // At once, in their order: a list that grows moves under the pointer, and forgets what was ticked.
  const sorted = bySize(ended.map(({ measured }) => measured));
  pick.items = sorted.flatMap(({ job }) => ended.find(({ measured }) => measured.job === job) ?? []);
  pick.busy = false;
  if (ended.length === 0) pick.placeholder = 'No job has ended yet: there is nothing to free.';
}

function itemOf(measured: MeasuredJob): JobItem {
  const { job, use } = measured;
  return {
    label: `$(${jobStateIcon[job.state].id}) ${job.name}`,
    description: jobDiskText(measured, Date.now()),
    detail: kindsText(use),
    measured,
  };
}

async function pickFreeing(jobs: readonly MeasuredJob[]): Promise<Freeing | undefined> {
  const choices: readonly Freeing[] = ['compressLogs', 'deleteWorkdirs', 'deleteJobs'];
  const items = choices
    .filter((freeing) => freeable(freeing, jobs) > 0)
    .map((freeing) => ({ ...freeingText(freeing, jobs), freeing }));
  const picked = await vscode.window.showQuickPick(items, {
    title: `${title}: ${countText(jobs.length, 'job')}`,
    placeHolder: 'What may go?',
  });
  return picked?.freeing;
}

/** Cancelling keeps what was done so far. */
async function free(
  core: Core,
  jobs: readonly MeasuredJob[],
  freeing: Freeing,
): Promise<{ readonly freed: number; readonly done: number }> {
  let freed = 0;
  let done = 0;
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: 'Freeing disk space',
    cancellable: true,
  };
  await vscode.window.withProgress(options, async (progress, token) => {
    const signal = signalOf(token);
    try {
      for (const { job } of jobs) {
        progress.report({ message: job.name, increment: 100 / jobs.length });
        freed += await freeSpace(core, job, freeing, signal);
        done += 1;
      }
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
    }
  });
  return { freed, done };
}
