import { CancelledError, ProviderError } from '../../../core/errors';
import type { JobSpec } from '../../../core/jobSpec/jobSpec';
import type { Offer } from '../../../core/provider';
import { countText } from '../../../core/words';
import { fit, isForHere, type Fit, type Place } from '../../launched/fit';
import type { Hardware } from '../../launched/hardware';
import { probe } from './hostProbe';
import type { HostScripts } from './hostScripts';
import { dealOut, type HostShare } from './placement';

/** How long a host may take to answer, in milliseconds. */
const patience = 3000;

/** What a host costs in USD per hour; `null` where that is not known. May throw `ProviderError` for a price that makes no sense. */
export type HostPrices = (alias: string) => number | null;

/** More than any job asks for: of a host that has not been looked at. */
const unknown: Hardware = { cpus: Infinity, memoryBytes: Infinity, gpus: [] };

/**
 * One offer for all hosts together. Hosts that are attached, or that the job file names, are looked at. Others are not offered: an SSH
 * configuration also has hosts that are no place for a job.
 */
export async function plan(
  price: HostPrices,
  connection: string,
  hosts: readonly HostScripts[],
  spec: JobSpec,
  signal: AbortSignal,
): Promise<readonly Offer[]> {
  const shares = dealOut(
    'plan',
    spec.num_nodes,
    hosts.map(({ alias }) => alias),
  );
  const hourlyUsd = hourlyPrice(price, shares);
  const offer: Omit<Offer, 'possible' | 'why'> = {
    connection,
    region: null,
    instanceType: null,
    nodes: spec.num_nodes,
    accelerators: null,
    spot: false,
    hourlyUsd,
    pricesAsOf: null,
  };
  const named = spec.resources.candidates.some(({ infra }) => infra === connection);
  const looked = await Promise.all(
    shares.map(async ({ alias }) => {
      const scripts = hosts.find((host) => host.alias === alias);
      const near = named || isAttached(hosts, alias);
      return scripts && near ? look(scripts, asksForGpus(spec, connection), signal) : undefined;
    }),
  );
  const broken = looked.find((found) => found instanceof ProviderError);
  if (broken) return [{ ...offer, possible: false, why: broken.message }];
  const known = looked.map((found) => (found instanceof ProviderError ? undefined : found));
  const far = shares.find(({ alias }) => !named && !isAttached(hosts, alias));
  const found = fitHosts(spec, connection, shares, known, nodePrice(hourlyUsd, spec));
  if ('why' in found) return [{ ...offer, possible: false, why: found.why }];
  if (far) return [{ ...offer, possible: false, why: farText(far.alias, connection) }];
  const [accelerator] = Object.entries(found.candidate.accelerators ?? {});
  const unseen = shares.filter((_, index) => !known[index]).map(({ alias }) => alias);
  const why = [
    ...(unseen.length > 0 ? [unseenText(unseen)] : []),
    ...found.notes,
    ...dealText(shares, hosts, spec),
  ];
  return [
    {
      ...offer,
      ...(accelerator && { accelerators: accelerator.join(':') }),
      possible: true,
      why: why.join(' '),
    },
  ];
}

/** Which GPUs each node gets. A host that is not known passes for one that has everything, and its nodes get none. */
export function fitHosts(
  spec: JobSpec,
  connection: string,
  shares: readonly HostShare[],
  known: readonly (Hardware | undefined)[],
  nodeUsd: number | null,
): Fit | { readonly why: string } {
  const places = shares.map(({ alias, nodes }, index): Place => {
    return { name: alias, nodes, hardware: known[index] ?? unknown };
  });
  const all = known.every((one) => one !== undefined);
  if (all) return fit(spec, connection, places, nodeUsd);
  // GPUs can't be judged; the rest can.
  const { candidates, mode } = spec.resources;
  const without = candidates.map((candidate) => ({ ...candidate, accelerators: null }));
  const found = fit({ ...spec, resources: { mode, candidates: without } }, connection, places, nodeUsd);
  if ('why' in found) return found;
  const candidate = candidates[without.indexOf(found.candidate as (typeof without)[number])];
  return { ...found, candidate: candidate ?? found.candidate };
}

/** What a job costs an hour and node where that is known. */
export function nodePrice(hourlyUsd: number | null, { num_nodes }: JobSpec): number | null {
  return hourlyUsd === null ? null : hourlyUsd / num_nodes;
}

/** Of all hosts together; `null` where one's price is not known. */
export function hourlyPrice(price: HostPrices, shares: readonly HostShare[]): number | null {
  let sum = 0;
  for (const { alias } of shares) {
    const usd = price(alias);
    if (usd === null) return null;
    sum += usd;
  }
  return sum;
}

export function asksForGpus({ resources }: JobSpec, connection: string): boolean {
  return resources.candidates.some(
    (candidate) => isForHere(candidate, connection) && candidate.accelerators !== null,
  );
}

/** `undefined` where it is out of reach now, an error where it can't run jobs. */
async function look(
  scripts: HostScripts,
  withGpus: boolean,
  signal: AbortSignal,
): Promise<Hardware | ProviderError | undefined> {
  const given = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const options = { quiet: true, timeout: patience };
  try {
    return (await probe(scripts, withGpus, options, given)).hardware;
  } catch (error) {
    if (signal.aborted) throw new CancelledError();
    if (error instanceof CancelledError) return undefined;
    if (!(error instanceof ProviderError)) throw error;
    return error.kind === 'network' || error.kind === 'auth' ? undefined : error;
  }
}

function isAttached(hosts: readonly HostScripts[], alias: string): boolean {
  return hosts.some((host) => host.alias === alias && host.machine.status.state === 'attached');
}

function farText(alias: string, connection: string): string {
  return `${alias} is not attached. Attach to it, or name it in the job file: infra: ${connection}`;
}

function unseenText(aliases: readonly string[]): string {
  const one = aliases.length === 1;
  return `${list(aliases)} ${one ? 'is' : 'are'} out of reach now; ${one ? 'it is' : 'they are'} checked when the job is submitted.`;
}

/** Who runs what, where it does not go without saying. */
function dealText(shares: readonly HostShare[], hosts: readonly HostScripts[], spec: JobSpec): string[] {
  if (shares.length < hosts.length)
    return [
      `${list(shares.map(({ alias }) => alias))} will do: the job has ${countText(spec.num_nodes, 'node')}.`,
    ];
  if (hosts.length === 1 || spec.num_nodes === hosts.length) return [];
  return [`${shares.map(({ alias, nodes }) => `${alias} runs ${countText(nodes, 'node')}`).join(', ')}.`];
}

function list(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? '';
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
