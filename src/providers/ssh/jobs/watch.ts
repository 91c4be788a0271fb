import { messageOf, ProviderError } from '../../../core/errors';
import type { Log } from '../../../core/log';
import { hasEnded, type JobStatus } from '../../../core/trainingJob';
import { unlessCancelled } from './feed';
import type { HostReport } from './hostReport';
import type { HostScripts } from './hostScripts';
import type { HostWatches } from './hostWatches';
import { mergedStatus, peersToTell, type HostPart } from './mergedStatus';
import type { HostShare } from './placement';

export interface WatchParts {
  readonly watches: HostWatches;
  readonly scripts: (alias: string) => HostScripts;
  readonly log: Log;
}

/**
 * A job's status over its hosts, now and after each change. While one host is out of reach the others are still told of a node that failed;
 * then that host's failure is thrown, for nobody knows how the job is.
 */
export async function* watchStatus(
  { watches, scripts, log }: WatchParts,
  id: string,
  shares: readonly HostShare[],
  signal: AbortSignal,
): AsyncGenerator<JobStatus> {
  const held = shares.map((share) => ({ share, ...watches.acquire(share) }));
  const told = new Set<string>();
  let last: string | undefined;
  try {
    for (;;) {
      const next = Promise.race(held.map(({ watch }) => watch.changed()));
      if (held.every(({ watch }) => watch.report ?? watch.error)) {
        const parts = held.flatMap(({ share, watch: { report } }) => (report ? [{ share, report }] : []));
        for (const { part, rank } of peersToTell(parts)) {
          if (told.has(part.share.alias)) continue;
          told.add(part.share.alias);
          void tellPeer(scripts(part.share.alias), part.share.job, rank, log, signal);
        }
        const failed = held.map(({ watch }) => watch.error).find((error) => error !== undefined);
        if (failed) throw failed;
        const status = statusOfParts(id, parts);
        const text = JSON.stringify(status);
        if (text !== last) yield status;
        last = text;
        if (hasEnded(status.state)) return;
      }
      await unlessCancelled(signal, next);
    }
  } finally {
    for (const { release } of held) release();
  }
}

/** Throws `notFound` where the first host has no such job. */
export function statusOfParts(id: string, parts: readonly HostPart[]): JobStatus {
  const [first] = parts;
  if (!first || !isStarted(first.report)) throw noSuchJob(id, first?.share.alias);
  return mergedStatus(parts);
}

export function isStarted({ claim }: HostReport): boolean {
  return claim === 'started';
}

export function noSuchJob(id: string, alias?: string): ProviderError {
  const where = alias === undefined ? '' : ` on ${alias}`;
  return new ProviderError('notFound', `There is no such job${where}: ${id}`);
}

/** Tells the nodes of a host that one of another host failed. */
export async function tellPeer(
  scripts: HostScripts,
  job: string,
  rank: number,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  try {
    const words = ['host.sh', 'peer', job, String(rank)] as const;
    await scripts.ask(words, 'The other nodes can’t be ended', { quiet: true }, signal);
  } catch (error) {
    if (!signal.aborted) log.warn(messageOf(error));
  }
}
