import { asError, CancelledError, messageOf } from '../../core/errors';
import type { JobSpec } from '../../core/jobSpec/jobSpec';
import type { Connection, Offer } from '../../core/provider';
import { noOffer } from '../../core/noOffer';
import type { ConnectionEntry, Connections } from '../connections';

/**
 * The offers of all connections, and of those that only the job file names (`infra: ssh/a,b`), in the order of `compareOffers`.
 * A connection that fails is an offer that says why.
 */
export async function planOffers(
  connections: Connections,
  spec: JobSpec,
  signal: AbortSignal,
): Promise<readonly Offer[]> {
  const listed = await connections.all();
  const entries = [...listed, ...(await named(connections, listed, spec))];
  const offers = await Promise.all(entries.map((entry) => offersOf(entry, spec, signal)));
  return offers.flat().sort(compareOffers);
}

/** The connections that the job file names and no provider lists; one that can't be is there with the reason. */
async function named(
  connections: Connections,
  listed: readonly ConnectionEntry[],
  { resources }: JobSpec,
): Promise<readonly ConnectionEntry[]> {
  const known = listed.map((entry) => (entry.kind === 'connection' ? entry.connection.id : entry.id));
  const names = new Set(resources.candidates.flatMap(({ infra }) => infra ?? []));
  const entries = [...names]
    .filter((name) => !known.includes(name))
    .map(async (name): Promise<ConnectionEntry[]> => {
      try {
        const connection = await connections.unlisted(name);
        return connection ? [{ kind: 'connection', connection }] : [];
      } catch (error) {
        return [{ kind: 'broken', id: name, label: name, error: asError(error) }];
      }
    });
  return (await Promise.all(entries)).flat();
}

/** What is possible before what is not; then the cheapest first, an unknown price after every known one. */
export function compareOffers(a: Offer, b: Offer): number {
  return (
    Number(b.possible) - Number(a.possible) ||
    byPrice(a.hourlyUsd, b.hourlyUsd) ||
    a.connection.localeCompare(b.connection)
  );
}

async function offersOf(
  entry: ConnectionEntry,
  spec: JobSpec,
  signal: AbortSignal,
): Promise<readonly Offer[]> {
  if (entry.kind === 'broken')
    return [noOffer({ connection: entry.id, region: null }, spec, messageOf(entry.error))];
  const { id, trainingJobs }: Connection = entry.connection;
  try {
    return (await trainingJobs?.plan(spec, signal)) ?? [];
  } catch (error) {
    if (error instanceof CancelledError || signal.aborted) throw new CancelledError();
    return [noOffer({ connection: id, region: null }, spec, messageOf(error))];
  }
}

function byPrice(a: number | null, b: number | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a - b;
}
