import * as vscode from 'vscode';
import { approve, type SpendApproval } from '../../core/costGuard';
import { CancelledError, ProviderError } from '../../core/errors';
import type { JobSpec } from '../../core/jobSpec/jobSpec';
import type { Offer, Unsupported } from '../../core/provider';
import type { Host } from '../host';
import { slowProgress } from '../slowProgress';
import { mayStartJobs } from '../trust';
import { showJob, tick } from '../walkthroughSteps';
import { confirmText } from './confirmText';
import type { Before } from './differences';
import { saved, targetDocument } from './jobDocument';
import { requestOf, specForPlan, textOf, type JobRequest } from './jobRequest';
import { pickOffer } from './pickOffer';

export async function submitJob(host: Host, word?: unknown): Promise<void> {
  if (!(await mayStartJobs())) return;
  const document = await targetDocument(word, 'Submit which job file?');
  if (document) await submitDocument(host, document);
}

/** Shows where the job could run and at what price. Picking a place goes on to submit it there. */
export async function planJob(host: Host, word?: unknown): Promise<void> {
  const document = await targetDocument(word, 'Plan which job file?');
  if (!document) return;
  await host.jobFiles.add(document);
  const text = textOf(document);
  const offer = await pickOffer(await plan(host, specForPlan(text)), `Plan: ${text.label}`);
  if (offer && (await mayStartJobs())) await submitDocument(host, document, offer);
}

async function submitDocument(host: Host, document: vscode.TextDocument, chosen?: Offer): Promise<void> {
  const file = await saved(document);
  if (!file) return;
  await host.jobFiles.add(file);
  await submitRequest(host, await requestOf(host, textOf(file)), chosen);
}

/** From a read job file to a job that runs: the place, what is left to give, one question, and off. */
export async function submitRequest(
  host: Host,
  request: JobRequest,
  chosen?: Offer,
  before?: Before,
): Promise<void> {
  const offer = chosen ?? (await chooseOffer(await plan(host, request.spec), request));
  if (!offer) return;
  const { spec, secrets } = await request.complete();
  const approval = await approvalFor(host, request, spec, offer, before);
  const core = await host.core.get();
  const row = { name: spec.name ?? 'job', connection: offer.connection };
  const { text, baseFolder, source } = request;
  const job = await host.submissions.run(row, (signal, onProgress) =>
    core.jobs.submit(
      { spec, secrets, text, baseFolder, approval, onProgress, ...(source !== undefined && { source }) },
      signal,
    ),
  );
  tick('submitted');
  await showJob(host, job);
}

export async function plan(host: Host, spec: JobSpec): Promise<readonly Offer[]> {
  const core = await host.core.get();
  return slowProgress('Asking where the job can run', (signal) => core.jobs.plan(spec, signal));
}

/** The only place that can, where there is one; else a person's choice. */
async function chooseOffer(offers: readonly Offer[], { spec }: JobRequest): Promise<Offer | undefined> {
  const possible = offers.filter((offer) => offer.possible);
  if (possible.length === 1) return possible[0];
  if (offers.length > 0) return pickOffer(offers, `Submit ${spec.name ?? 'Job'}`);
  throw new ProviderError('unavailable', 'Nothing can run this job: there is no connection that runs jobs.');
}

/** Proof that the guard allows it and a person agreed. Throws where either said no. */
async function approvalFor(
  host: Host,
  request: JobRequest,
  spec: JobSpec,
  offer: Offer,
  before: Before | undefined,
): Promise<SpendApproval<JobSpec>> {
  const core = await host.core.get();
  const upload = await slowProgress('Looking at what will be copied', (signal) =>
    core.jobs.workdir(spec, request.baseFolder, signal),
  );
  const unsupported = await unsupportedBy(host, spec, offer.connection);
  const { folder } = request;
  const { message, detail } = confirmText({ spec, offer, folder, upload, unsupported, before });
  const limit = core.setting('trainyard.guardrails.maxHourlyUsd');
  const answer = await approve(limit === null ? {} : { maxHourlyUsd: limit }, spec, offer, async () => {
    return (
      (await vscode.window.showInformationMessage(message, { modal: true, detail }, 'Submit')) === 'Submit'
    );
  });
  if (answer === undefined) throw new CancelledError();
  if (!('kind' in answer)) return answer;
  void refuse(answer.why);
  throw new CancelledError();
}

async function refuse(why: string): Promise<void> {
  const settings = 'Open Settings';
  const chosen = await vscode.window.showWarningMessage(`A guardrail refuses this job. ${why}`, settings);
  if (chosen === settings) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'trainyard.guardrails');
  }
}

async function unsupportedBy(host: Host, spec: JobSpec, id: string): Promise<readonly Unsupported[]> {
  const connection = await (await host.core.get()).connections.get(id);
  return connection.trainingJobs?.unsupported(spec) ?? [];
}
