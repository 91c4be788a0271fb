import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { Candidate, JobSpec } from '../../../core/jobSpec/jobSpec';
import { ec2HourlyUsd, ec2List } from '../../../core/prices/ec2Machines';
import type { Offer } from '../../../core/provider';
import { durationText, hourlyText } from '../../../core/words';
import type { Fitting } from '../types/fitting';
import type { Here } from './places';
import type { Facts } from './facts';
import { requestOf } from './request';
import { keepAliveSeconds, maxRunSeconds } from './times';

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
  const { usd, asOf, note } = price ?? notListed(type.name, region);
  const spot = candidate.use_spot;
  const offer: Omit<Offer, 'possible' | 'why'> = {
    connection,
    region,
    instanceType: type.name,
    nodes: spec.num_nodes,
    accelerators: type.gpu ? `${type.gpu.name}:${type.gpu.count}` : null,
    spot,
    hourlyUsd: usd === null ? null : Math.round(usd * spec.num_nodes * 1e6) / 1e6,
    pricesAsOf: asOf,
    stopsAfter: maxRunSeconds(spec),
  };
  const request = madeRequest(spec, candidate, usd, here, offer);
  if (typeof request === 'string') return { ...offer, possible: false, why: request };
  const image = request.AlgorithmSpecification?.TrainingImage;
  const notes = [
    ...(type.cpus === undefined ? [] : [`${type.cpus} vCPUs, ${type.memoryGb ?? 0} GB of memory.`]),
    note,
    ...(spot ? [spotNote(usd)] : []),
    ...jobNotes(spec, type, spot),
  ];
  const why = notes.filter((one) => one !== '').join(' ');
  return { ...offer, possible: true, why, ...(image !== undefined && { image }) };
}

interface Price {
  /** An hour and node, on demand. */
  readonly usd: number | null;
  readonly asOf: string | null;
  readonly note: string;
}

function priceOf(type: string, region: string, { prices }: Facts): Price | undefined {
  const known = prices && Object.keys(prices.value).length > 0;
  if (known) {
    const usd = prices.value[type];
    return usd === undefined
      ? undefined
      : { usd, asOf: new Date(prices.at).toISOString().slice(0, 10), note: '' };
  }
  const usd = ec2HourlyUsd(type.replace(/^ml\./, ''));
  if (usd === null) return { usd, asOf: null, note: 'Its price is not known.' };
  const elsewhere = region === ec2List.region ? '' : ` and in ${ec2List.region}`;
  const more =
    region === ec2List.region ? 'SageMaker charges more' : `SageMaker charges more, and ${region} may differ`;
  return { usd, asOf: ec2List.asOf, note: `EC2 list price of ${ec2List.asOf}${elsewhere}; ${more}.` };
}

function notListed(type: string, region: string): Price {
  return { usd: null, asOf: null, note: `The price list of ${region} does not have ${type}.` };
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
  const shown = usd === null ? '' : ', so that the price shown is the one on demand';
  return `Spot is billed by what it used, up to 90 % less. SageMaker publishes no price for it${shown}; what was billed is told afterwards.`;
}

function jobNotes(spec: JobSpec, type: Fitting, spot: boolean): string[] {
  const { guardrails, aws } = spec.trainyard ?? {};
  const kept = keepAliveSeconds(spec, spot);
  return [
    ...(guardrails?.max_duration === undefined
      ? [`Without max_duration SageMaker stops it after ${durationText(maxRunSeconds(spec) * 1000)}.`]
      : []),
    ...(kept > 0
      ? [`Its machines are kept for ${durationText(kept * 1000)} after it, which costs as much.`]
      : []),
    ...(aws?.kms_key !== undefined && (type.diskGb ?? 0) > 0
      ? ['Its own disk is encrypted by the hardware, not with kms_key.']
      : []),
  ];
}
