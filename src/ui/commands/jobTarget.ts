import * as vscode from 'vscode';
import { ProviderError } from '../../core/errors';
import type { TrainingJob } from '../../core/trainingJob';
import type { Core } from '../../services/core';
import { adoptListed } from '../../services/jobs/adoption';
import { signalOf } from '../cancellation';
import type { Host } from '../host';
import type { JobsNode } from '../trees/jobsNode';
import { jobDescription } from '../trees/jobRow';
import { jobStateIcon } from '../trees/jobStateIcon';

export interface Wanted {
  /** Asked as a question where no job was given, such as `Stop which job?` */
  readonly question: string;
  readonly can: (job: TrainingJob) => boolean;
  /** Said where no job can. */
  readonly none: string;
}

/** The jobs that a command is about: those clicked or selected, the one named, else the one that a person picks. */
export async function targetJobs(
  host: Host,
  words: readonly unknown[],
  wanted: Wanted,
): Promise<readonly TrainingJob[]> {
  const { jobs } = await host.core.get();
  const [first, selected] = words;
  if (first === undefined) return pickJob(jobs.list().filter(wanted.can), wanted);
  const given = Array.isArray(selected) && selected.includes(first) ? (selected as unknown[]) : [first];
  const ids = new Set(
    (await Promise.all(given.map((word) => jobId(host, word)))).filter((id) => id !== undefined),
  );
  const found = [...ids].map((id) => jobs.get(id));
  if (found.includes(undefined)) throw new ProviderError('notFound', 'This job has been deleted.');
  return found.filter((job) => job !== undefined).filter(wanted.can);
}

/** Of one job, where a command takes no more. */
export async function targetJob(
  host: Host,
  words: readonly unknown[],
  wanted: Wanted,
): Promise<TrainingJob | undefined> {
  return (await targetJobs(host, words.slice(0, 1), wanted))[0];
}

/** What is only listed is taken among the jobs here: from then on it can be looked at like any other. */
async function jobId(host: Host, word: unknown): Promise<string | undefined> {
  if (typeof word === 'string') return word;
  const node = word as JobsNode;
  if (node.kind === 'listed') return adopted(await host.core.get(), node.connection, node.job.id);
  return node.kind === 'job' || node.kind === 'jobNode' ? node.job.id : undefined;
}

async function adopted(core: Core, connection: string, there: string): Promise<string> {
  const location = { viewId: 'trainyard.jobs' };
  return vscode.window.withProgress(
    { location },
    async (_, token) => (await adoptListed(core, connection, there, signalOf(token))).id,
  );
}

async function pickJob(jobs: readonly TrainingJob[], { question, none }: Wanted): Promise<TrainingJob[]> {
  if (jobs.length === 0) {
    void vscode.window.showInformationMessage(none);
    return [];
  }
  const items = jobs.map((job) => ({
    label: `$(${jobStateIcon[job.state].id}) ${job.name}`,
    description: jobDescription(job, {}, Date.now()),
    detail: job.id,
    job,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: question,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked ? [picked.job] : [];
}
