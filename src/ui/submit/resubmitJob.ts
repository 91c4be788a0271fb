import * as vscode from 'vscode';
import { ProviderError } from '../../core/errors';
import { jobFolder } from '../../core/jobFolder';
import { readJobFile } from '../../core/jobSpec/jobFile';
import { redactJobFile } from '../../core/jobSpec/redact';
import type { TrainingJob } from '../../core/trainingJob';
import { agoText } from '../../core/words';
import { targetJob } from '../commands/jobTarget';
import type { Host } from '../host';
import { jobAbilities } from '../trees/jobAbilities';
import { mayStartJobs } from '../trust';
import { folderOf, nameOf } from './jobDocument';
import { requestOf, type JobText } from './jobRequest';
import { submitRequest } from './submitJob';

/**
 * Runs a job again: its own copy of the job file, with the code as it is now. Where the file has been changed since, the
 * person says which of the two they mean.
 */
export async function resubmitJob(host: Host, ...words: unknown[]): Promise<void> {
  if (!(await mayStartJobs())) return;
  const wanted = {
    question: 'Resubmit which job?',
    can: jobAbilities.resubmittable,
    none: 'There are no jobs yet.',
  };
  const job = await targetJob(host, words, wanted);
  if (!job) return;
  const text = await chosenText(host, job);
  if (text) await submitRequest(host, await requestOf(host, text));
}

/** The text that a job is to be run again with; `undefined` where the person would not. Throws where there is none. */
export async function chosenText(host: Host, job: TrainingJob): Promise<JobText | undefined> {
  if (job.platformId !== undefined)
    throw new ProviderError(
      'invalid',
      'This job was started outside Trainyard, so there is no job file to submit again.',
    );
  if (job.source === undefined) {
    throw new ProviderError('invalid', 'This job did not come from a file, so there is nothing to resubmit.');
  }
  const file = vscode.Uri.file(job.source);
  const folder = vscode.Uri.file((await host.core.get()).jobs.folder(job.id));
  const copy = await read(vscode.Uri.joinPath(folder, jobFolder.file));
  await vscode.workspace.textDocuments
    .find(({ uri, isDirty }) => isDirty && uri.fsPath === file.fsPath)
    ?.save();
  const now = await read(file);
  const place = {
    label: nameOf(file),
    ...folderOf(file),
    source: job.source,
    envs: job.spec.envs,
  };
  if (copy === undefined && now === undefined) {
    throw new ProviderError(
      'notFound',
      `Neither the job’s copy of its file nor the file is there any more: ${job.source}`,
    );
  }
  if (now !== undefined && (copy === undefined || redactJobFile(now) === copy))
    return { ...place, text: now };
  const asItRan = { ...place, text: copy ?? '', blanked: job.spec.secrets_inline, secrets: secretsIn(now) };
  return now === undefined ? asItRan : pickText(job, asItRan, { ...place, text: now });
}

/** Values that the file has now, where the copy's are blanked. */
function secretsIn(text: string | undefined): ReadonlyMap<string, string> {
  return readJobFile(text ?? '').secretValues[0] ?? new Map<string, string>();
}

async function pickText(job: TrainingJob, asItRan: JobText, asItIs: JobText): Promise<JobText | undefined> {
  const items = [
    { label: '$(file) As it is now', description: asItIs.label, text: asItIs },
    {
      label: '$(history) As it ran',
      description: `the job’s own copy, ${agoText(job.createdAt, Date.now())}`,
      text: asItRan,
    },
  ];
  const placeHolder = 'The job file has changed since. Resubmit which one?';
  return (await vscode.window.showQuickPick(items, { title: `Resubmit ${job.name}`, placeHolder }))?.text;
}

async function read(uri: vscode.Uri): Promise<string | undefined> {
  return vscode.workspace.fs.readFile(uri).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => undefined,
  );
}
