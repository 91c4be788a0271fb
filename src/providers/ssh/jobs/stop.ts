import { messageOf, ProviderError } from '../../../core/errors';
import type { HostScripts } from './hostScripts';
import type { HostShare } from './placement';

const longestReason = 500;

/** Asks the launchers on all hosts to stop. Where one is out of reach the others are stopped, and that one is said. */
export async function stop(
  scripts: (alias: string) => HostScripts,
  id: string,
  shares: readonly HostShare[],
  reason: string,
  signal: AbortSignal,
): Promise<void> {
  const line = reason
    .replaceAll(/[\s\0]+/g, ' ')
    .trim()
    .slice(0, longestReason);
  const ask = ({ alias, job }: HostShare) =>
    scripts(alias).ask(['host.sh', 'stop', job, line], 'The job can’t be stopped', {}, signal);
  const ends = await Promise.allSettled(shares.map(ask));
  const failed = shares.flatMap(({ alias }, index) => {
    const end = ends[index];
    return end?.status === 'rejected' ? [{ alias, error: end.reason as unknown }] : [];
  });
  const [first] = failed;
  if (!first) return;
  if (failed.length === shares.length || !(first.error instanceof ProviderError)) throw first.error;
  const names = failed.map(({ alias }) => alias).join(', ');
  throw new ProviderError(
    first.error.kind,
    `The job was stopped, but not on ${names}. Try again. ${messageOf(first.error)} (${id})`,
    { cause: first.error },
  );
}
