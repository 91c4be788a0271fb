import * as vscode from 'vscode';
import { ProviderError } from '../../core/errors';
import type { JobSpec } from '../../core/jobSpec/jobSpec';
import { anywhere, placed } from '../../core/jobSpec/placed';
import type { TrainingJob } from '../../core/trainingJob';
import { readJobRecord } from '../../services/jobs/jobRecord';
import { targetJob } from '../commands/jobTarget';
import type { Host } from '../host';
import { mayStartJobs } from '../trust';
import type { Before } from './differences';
import { saved, targetDocument } from './jobDocument';
import { requestOf, textOf, type JobRequest } from './jobRequest';
import { pickOffer } from './pickOffer';
import { chosenText } from './resubmitJob';
import { plan, submitRequest } from './submitJob';

/**
 * Runs a job in another place than its file names or than it ran in, and shows what is different there: the job that was clicked, or the
 * job file in front.
 */
export async function submitTo(host: Host, ...words: unknown[]): Promise<void> {
  if (!(await mayStartJobs())) return;
  const [first] = words;
  if (first !== undefined && !(first instanceof vscode.Uri)) {
    const job = await targetJob(host, words, { question: 'Submit which job?', can: () => true, none: '' });
    const text = job && (await chosenText(host, job));
    if (text) await submitElsewhere(host, await requestOf(host, text), job);
    return;
  }
  const document = await targetDocument(first, 'Submit which job file?');
  const file = document && (await saved(document));
  if (!file) return;
  await host.jobFiles.add(file);
  const last = (await host.core.get()).jobs.list().find(({ source }) => source === file.uri.fsPath);
  await submitElsewhere(host, await requestOf(host, textOf(file)), last);
}

async function submitElsewhere(host: Host, request: JobRequest, job: TrainingJob | undefined): Promise<void> {
  const offers = await plan(host, anywhere(request.spec));
  if (offers.length === 0)
    throw new ProviderError(
      'unavailable',
      'Nothing can run this job: there is no connection that runs jobs.',
    );
  const offer = await pickOffer(offers, `Submit ${request.spec.name ?? 'Job'} to…`);
  if (!offer) return;
  const there = (spec: JobSpec) => placed(anywhere(spec), offer.connection);
  const moved: JobRequest = {
    ...request,
    spec: there(request.spec),
    async complete() {
      const { spec, secrets } = await request.complete();
      return { spec: there(spec), secrets };
    },
  };
  await submitRequest(host, moved, offer, job && (await beforeOf(host, job)));
}

/** `undefined` where its record is not there any more. */
async function beforeOf(host: Host, { id }: TrainingJob): Promise<Before | undefined> {
  const record = await readJobRecord((await host.core.get()).jobs.folder(id));
  return record && { name: id, offer: record.offer };
}
