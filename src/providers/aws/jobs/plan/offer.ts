import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../../core/errors';
import type { Candidate, JobSpec } from '../../../../core/jobSpec/jobSpec';
import { ec2HourlyUsd, ec2List } from '../../../../core/prices/ec2Machines';
import type { Offer } from '../../../../core/provider';
import { durationText, hourlyText, costText } from '../../../../core/words';
import type { Fitting } from '../../types/fitting';
import type { Here } from './places';
import type { Facts } from '../facts';
import { requestOf } from './request';
import { keepAliveSeconds, maxRunSeconds, paidSeconds } from './times';

/** What one type would cost a job. `undefined` where SageMaker does not have it in this region. */
export function offerOf(
  spec: JobSpec,
  candidate: Candidate,
  type: Fitting,
  here: Here,
  facts: Facts,
): Offer | undefined {
  const { connection, region } = here;
  const price = priceOf(type.name, region, facts);
  if (price === undefined && candidate.instance_type === null) return undefined;
  const { usd, most, asOf, note } = price ?? notListed(type.name, region);
  const spot = candidate.use_spot;
  const paid = most === null ? Infinity : paidSeconds(spec, most * spec.num_nodes, spot);
  const offer: Omit<Offer, 'possible' | 'why'> = {
    connection,
    region,
    instanceType: type.name,
    nodes: spec.num_nodes,
    accelerators: type.gpu ? `${type.gpu.name}:${type.gpu.count}` : null,
    spot,
    hourlyUsd: usd === null ? null : Math.round(usd * spec.num_nodes * 1e6) / 1e6,
    pricesAsOf: asOf,
    stopsAfter: Math.min(maxRunSeconds(spec), Math.max(paid, 1)),
  };
  const unpaid = costProblem(spec, most, paid);
  if (unpaid !== undefined) return { ...offer, possible: false, why: unpaid };
  const request = madeRequest(spec, candidate, usd, here, offer);
  if (typeof request === 'string') return { ...offer, possible: false, why: request };
  const image = request.AlgorithmSpecification?.TrainingImage;
  const notes = [
    ...(type.cpus === undefined ? [] : [`${type.cpus} vCPUs, ${type.memoryGb ?? 0} GB of memory.`]),
    note,
    ...(spot ? [spotNote(usd)] : []),
    ...limitNotes(spec, paid, most !== usd),
    ...jobNotes(spec, type, spot),
  ];
  const why = notes.filter((one) => one !== '').join(' ');
  return { ...offer, possible: true, why, ...(image !== undefined && { image }) };
}

/** SageMaker’s rates are 1.15 to 1.4 times those of EC2 (both price lists of us-east-1, 2026). */
const managedAtMost = 1.4;
/** Seconds; a job that may run for less is none. */
const shortest = 60;

interface Price {
  /** An hour and node, on demand. */
  readonly usd: number | null;
  /** It is no more than this; what limits a cost counts with it. */
  readonly most: number | null;
  readonly asOf: string | null;
  readonly note: string;
}

function priceOf(type: string, region: string, { prices }: Facts): Price | undefined {
  const known = prices && Object.keys(prices.value).length > 0;
  if (known) {
    const usd = prices.value[type];
    return usd === undefined
      ? undefined
      : { usd, most: usd, asOf: new Date(prices.at).toISOString().slice(0, 10), note: '' };
  }
  const usd = ec2HourlyUsd(type.replace(/^ml\./, ''));
  if (usd === null) return { usd, most: null, asOf: null, note: 'Its price is not known.' };
  const elsewhere = region === ec2List.region ? '' : ` and in ${ec2List.region}`;
  const more =
    region === ec2List.region ? 'SageMaker charges more' : `SageMaker charges more, and ${region} may differ`;
  const most = region === ec2List.region ? usd * managedAtMost : null;
  return { usd, most, asOf: ec2List.asOf, note: `EC2 list price of ${ec2List.asOf}${elsewhere}; ${more}.` };
}

function notListed(type: string, region: string): Price {
  return { usd: null, most: null, asOf: null, note: `The price list of ${region} does not have ${type}.` };
}

/** Or why there is none: what SageMaker would refuse is said now. */
function madeRequest(
  spec: JobSpec,
  { max_hourly_cost: limit }: Candidate,
  usd: number | null,
  here: Here,
  offer: Pick<Offer, 'instanceType' | 'nodes' | 'spot'>,
): CreateTrainingJobCommandInput | string {
  if (limit !== null && usd !== null && usd > limit)
    return `It costs ${hourlyText(usd)} a node, over the job’s max_hourly_cost of ${hourlyText(limit)}.`;
  try {
    // The names that are missing are those of what a submit makes.
    const uris = { input: '', mounts: '', output: '', checkpoints: '' };
    return requestOf(spec, { id: 'plan', here, offer, roleArn: '', uris });
  } catch (error) {
    if (error instanceof ProviderError) return error.message;
    throw error;
  }
}

function spotNote(usd: number | null): string {
  const shown = usd === null ? '' : ' than this, the price on demand';
  return `Spot costs up to 90 % less${shown}: SageMaker publishes no price, and tells what it billed afterwards.`;
}

/** Why the job’s max_cost can’t be kept, or would leave nothing of the job. */
function costProblem(spec: JobSpec, most: number | null, paid: number): string | undefined {
  const limit = spec.trainyard?.guardrails?.max_cost;
  if (limit === undefined) return undefined;
  if (most === null)
    return 'SageMaker’s price of it is not known, so that max_cost can’t be kept. Leave it out, and limit the job with max_duration.';
  if (paid >= shortest) return undefined;
  return `The job’s max_cost of ${costText(limit)} pays for less than a minute of it, with the time that SageMaker bills after the job’s end.`;
}

/** What ends the job, where the job file does not say so in seconds. */
function limitNotes(spec: JobSpec, paid: number, estimated: boolean): string[] {
  const { max_duration: longest, max_cost: limit } = spec.trainyard?.guardrails ?? {};
  const run = maxRunSeconds(spec);
  if (limit !== undefined && paid < run)
    return [
      `SageMaker stops it after ${durationText(paid * 1000)}, so that it costs no more than its max_cost of ${costText(limit)}${estimated ? ', counted at 1.4 times that price' : ''}.`,
    ];
  return longest === undefined
    ? [`Without max_duration SageMaker stops it after ${durationText(run * 1000)}.`]
    : [];
}

function jobNotes(spec: JobSpec, type: Fitting, spot: boolean): string[] {
  const aws = spec.trainyard?.aws;
  const kept = keepAliveSeconds(spec, spot);
  return [
    ...(kept > 0
      ? [`Its machines are kept for ${durationText(kept * 1000)} after it, which costs as much.`]
      : []),
    ...(aws?.kms_key !== undefined && (type.diskGb ?? 0) > 0
      ? ['Its own disk is encrypted by the hardware, not with kms_key.']
      : []),
  ];
}
