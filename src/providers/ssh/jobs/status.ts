import type { Log } from '../../../core/log';
import type { JobStatus } from '../../../core/trainingJob';
import { parseReport } from './hostReport';
import { oddAnswer, type HostScripts } from './hostScripts';
import { peersToTell, type HostPart } from './mergedStatus';
import type { HostShare } from './placement';
import { statusOfParts, tellPeer } from './watch';

/** A job's status now. Like a watch it tells the others of a node that failed. */
export async function status(
  { scripts, log }: { readonly scripts: (alias: string) => HostScripts; readonly log: Log },
  id: string,
  shares: readonly HostShare[],
  signal: AbortSignal,
): Promise<JobStatus> {
  const asked = await Promise.allSettled(shares.map((share) => part(scripts(share.alias), share, signal)));
  const parts = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  await Promise.all(
    peersToTell(parts).map(({ part: { share }, rank }) =>
      tellPeer(scripts(share.alias), share.job, rank, log, signal),
    ),
  );
  for (const one of asked) if (one.status === 'rejected') throw one.reason;
  return statusOfParts(id, parts);
}

async function part(scripts: HostScripts, share: HostShare, signal: AbortSignal): Promise<HostPart> {
  const words = ['host.sh', 'status', share.job] as const;
  const options = { quiet: true, maxBytes: 8 << 20 };
  const text = await scripts.ask(words, 'How the job is can’t be seen', options, signal);
  const report = parseReport(text);
  if (!report) throw oddAnswer(scripts.alias, text);
  return { share, report };
}
