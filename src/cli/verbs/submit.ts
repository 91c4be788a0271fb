import { approve, type SpendApproval } from '../../core/costGuard';
import { submitProblems } from '../../core/jobSpec/submitProblems';
import type { JobSpec } from '../../core/jobSpec/jobSpec';
import { placed } from '../../core/jobSpec/placed';
import { ProviderError } from '../../core/errors';
import type { Offer } from '../../core/provider';
import { bytesText, costText, countText, hourlyText } from '../../core/words';
import { worstCaseUsd } from '../../core/worstCase';
import type { Core } from '../../services/core';
import { textFlag } from '../arguments';
import { consentOf } from '../consent';
import { CliError, exitCode } from '../exitCode';
import { findConnection } from '../findConnection';
import { loadJobFile, onlyJob } from '../jobFile';
import type { RunnableVerb, VerbContext } from '../verb';
import { waitFor } from '../waitFor';
import { warnings } from '../warnings';

export const submit: RunnableVerb = {
  usage: 'submit FILE [--on CONNECTION] [--env NAME[=VALUE]]… [--secret NAME]… [--wait] [--yes] [--json]',
  summary: 'Submit a job.',
  takes: 1,
  options: {
    on: { type: 'string' },
    env: { type: 'string', multiple: true },
    secret: { type: 'string', multiple: true },
    wait: { type: 'boolean' },
    yes: { type: 'boolean', short: 'y' },
  },
  help: [
    '--on CONNECTION    where to run it, such as local; the cheapest place that can when left out',
    '--env NAME=VALUE   a value for an environment variable of the job (NAME alone takes yours)',
    '--secret NAME      a secret, taken from your environment',
    '--wait             print the log and wait for the end; Ctrl+C leaves the job running',
    '--yes              do not ask',
    '--json             lines {"event": "submitted", "job"}, {"event": "state", "state"}, with --wait also',
    '                   {"event": "log", "node", "text"} and last {"event": "ended", "state", "exitCode", "reason"}',
  ],
  async run(context) {
    const { host, printer, flags, positionals } = context;
    const loaded = await loadJobFile(host, positionals[0] ?? '', flags);
    const { spec: written, secrets } = onlyJob(loaded);
    const on = textFlag(flags.on);
    const spec = on === undefined ? written : placed(written, on);
    const [problem] = submitProblems(spec);
    if (problem) throw new CliError(exitCode.badInput, problem.message);
    const core = await context.core();
    const offer = await chooseOffer(core, spec, on, host.interrupted);
    for (const line of await warnings(loaded, spec, core.connections, [offer.connection]))
      host.err.write(`${line}\n`);
    const approval = await approvalFor(context, core, spec, offer, loaded.folder);
    const job = await core.jobs.submit(
      {
        spec,
        secrets,
        text: loaded.text,
        baseFolder: loaded.folder,
        source: loaded.path,
        approval,
        onProgress: (message) => host.err.write(`${message}\n`),
      },
      host.interrupted,
    );
    if (flags.json) await printer.json({ event: 'submitted', job: job.id });
    else await printer.line(`Submitted ${job.id}`);
    if (!flags.wait) {
      if (flags.json) await printer.json({ event: 'state', state: job.state });
      else await printer.line(`Follow it with: trainyard logs ${job.id} --follow`);
      return exitCode.ok;
    }
    return waitFor(context, core, job);
  },
};

/** The place to run: the one asked for, else the first of the plan, which is the cheapest that can. */
async function chooseOffer(
  core: Core,
  spec: JobSpec,
  on: string | undefined,
  signal: AbortSignal,
): Promise<Offer> {
  if (on !== undefined) await findConnection(core, on);
  const offers = (await core.jobs.plan(spec, signal)).filter(
    (offer) => on === undefined || offer.connection === on,
  );
  const chosen = offers.find((offer) => offer.possible);
  if (chosen) return chosen;
  const why = offers.map((offer) => `${offer.connection}: ${offer.why}`).join('\n');
  throw new ProviderError('unavailable', `Nothing can run this job now.\n${why}`);
}

async function approvalFor(
  { host, flags }: VerbContext,
  core: Core,
  spec: JobSpec,
  offer: Offer,
  folder: string,
): Promise<SpendApproval<JobSpec>> {
  const upload = await core.jobs.workdir(spec, folder, host.interrupted);
  const question = [
    `${spec.name ?? 'job'} on ${offer.connection}`,
    ...(offer.instanceType === null ? [] : [offer.instanceType]),
    countText(offer.nodes, 'node'),
    ...(upload ? [`${countText(upload.files, 'file')}, ${bytesText(upload.bytes)} to copy`] : []),
    ...worstCase(spec, offer),
  ].join(' · ');
  if (offer.why !== '') host.err.write(`${offer.why}\n`);
  if (flags.yes) host.err.write(`${question} · ${hourlyText(offer.hourlyUsd)}\n`);
  const policy = { maxHourlyUsd: core.setting('trainyard.guardrails.maxHourlyUsd') ?? undefined };
  const answer = await approve(policy, spec, offer, consentOf(host, flags.yes === true, question));
  if (answer === undefined) throw new CliError(exitCode.refused, 'Not submitted.');
  if ('kind' in answer) throw new CliError(exitCode.refused, `A guardrail refuses this job: ${answer.why}`);
  return answer;
}

function worstCase(spec: JobSpec, offer: Offer): string[] {
  const usd = worstCaseUsd(spec, offer);
  return usd === undefined || usd === null || usd === 0 ? [] : [`at worst ${costText(usd)}`];
}
