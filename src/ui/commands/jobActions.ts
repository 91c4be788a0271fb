import * as vscode from 'vscode';
import { countText } from '../../core/words';
import { signalOf } from '../cancellation';
import type { Host } from '../host';
import type { JobsNode } from '../trees/jobsNode';
import { jobAbilities } from '../trees/jobAbilities';
import { showJob } from '../walkthroughSteps';
import { targetJob, targetJobs, type Wanted } from './jobTarget';

const any = (question: string): Wanted => ({ question, can: () => true, none: 'There are no jobs yet.' });

export async function openJob(host: Host, ...words: unknown[]): Promise<void> {
  const job = await targetJob(host, words, any('Open which job?'));
  if (job) await showJob(host, job);
}

/** With the jobs that were clicked or selected checked; without any, as the panel was left. */
export async function compareJobs(host: Host, ...words: unknown[]): Promise<void> {
  const given = words[0] === undefined ? [] : await targetJobs(host, words, any('Compare which job?'));
  (await host.panels.comparePanels()).open(given.map(({ id }) => id));
}

export async function stopJobs(host: Host, ...words: unknown[]): Promise<void> {
  for (const node of nodesOf(words)) if (node.kind === 'submission') node.submission.stop();
  const wanted = { question: 'Stop which job?', can: jobAbilities.stoppable, none: 'No job is running.' };
  const running = await targetJobs(host, words, wanted);
  const { jobs } = await host.core.get();
  await inJobsView(async (signal) => {
    await Promise.all(running.map((job) => jobs.stop(job.id, 'Stopped from the editor.', signal)));
  });
}

export async function deleteJobs(host: Host, ...words: unknown[]): Promise<void> {
  const wanted = {
    question: 'Delete which job?',
    can: jobAbilities.deletable,
    none: 'No job has ended yet.',
  };
  const ended = await targetJobs(host, words, wanted);
  const [first] = ended;
  if (!first) return;
  const what = ended.length === 1 ? `the job "${first.name}"` : countText(ended.length, 'job');
  const detail = 'Its log, metrics and outputs on this computer are deleted. This can’t be undone.';
  const answer = await vscode.window.showWarningMessage(`Delete ${what}?`, { modal: true, detail }, 'Delete');
  if (answer !== 'Delete') return;
  const { jobs } = await host.core.get();
  await inJobsView(async (signal) => {
    for (const job of ended) await jobs.delete(job.id, signal);
  });
}

export async function copyJobId(host: Host, ...words: unknown[]): Promise<void> {
  const chosen = await targetJobs(host, words, any('Copy the ID of which job?'));
  if (chosen.length === 0) return;
  await vscode.env.clipboard.writeText(chosen.map((job) => job.id).join('\n'));
  vscode.window.setStatusBarMessage(`Copied ${chosen.map((job) => job.id).join(', ')}`, 3000);
}

export async function openJobFolder(host: Host, ...words: unknown[]): Promise<void> {
  const job = await targetJob(host, words, any('Open the folder of which job?'));
  if (!job) return;
  const folder = vscode.Uri.file((await host.core.get()).jobs.folder(job.id));
  // The system's file browser is only on the desktop, and only where the job's files are on that computer.
  const desktop = vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined;
  if (desktop) await vscode.commands.executeCommand('revealFileInOS', folder);
  else await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true });
}

export async function editJobFile(host: Host, ...words: unknown[]): Promise<void> {
  const wanted = {
    question: 'Edit the file of which job?',
    can: jobAbilities.editable,
    none: 'No job came from a file.',
  };
  const job = await targetJob(host, words, wanted);
  if (job?.source === undefined) return;
  await vscode.window.showTextDocument(vscode.Uri.file(job.source));
}

/** Of one connection, or of all; what has come is kept, and goes on at the next look. */
export async function stopListing(host: Host, ...words: unknown[]): Promise<void> {
  const { jobLists } = await host.core.get();
  const given = nodesOf(words).flatMap((node) => (node.kind === 'others' ? node.connection : []));
  for (const connection of given.length > 0 ? given : await jobLists.connections())
    jobLists.cancel(connection);
}

/** The view's own find box, which filters as one types. */
export async function filterJobs(): Promise<void> {
  await vscode.commands.executeCommand('trainyard.jobs.focus');
  await vscode.commands.executeCommand('list.find');
}

function nodesOf(words: readonly unknown[]): readonly JobsNode[] {
  const [first, selected] = words;
  const nodes = Array.isArray(selected) ? (selected as unknown[]) : [first];
  return nodes.filter((node): node is JobsNode => typeof node === 'object' && node !== null);
}

async function inJobsView(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  await vscode.window.withProgress({ location: { viewId: 'trainyard.jobs' } }, (_, token) =>
    work(signalOf(token)),
  );
}
