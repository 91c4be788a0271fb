import { join } from 'node:path';
import { jobFolder } from '../../core/jobFolder';
import { createExclusive, isSystemError } from '../../node/files';
import type { Claim } from './claim';
import { nodeRanks } from './nodeFiles';
import { isStarter, liveLauncher, seesLaunchers, sendSignal } from './launchers';

const longestReason = 500;

/**
 * Asks the launchers to stop the job. They see the file `stop` within a second by themselves; the signal makes it at once, and
 * reaches them when the disk has no room for a file.
 */
export async function stop(
  folder: string,
  claim: Extract<Claim, { kind: 'started' }>,
  reason: string,
): Promise<void> {
  const line = reason.replaceAll(/\s+/g, ' ').trim().slice(0, longestReason);
  try {
    if (!(await createExclusive(join(folder, jobFolder.stop), `${line}\n`))) return;
  } catch (error) {
    if (!isSystemError(error, 'ENOSPC', 'EDQUOT')) throw error;
  }
  if (!seesLaunchers) return;
  let told = 0;
  for (const rank of await nodeRanks(folder)) {
    const launcher = await liveLauncher(folder, rank);
    if (launcher && sendSignal(launcher, 'SIGTERM')) told += 1;
  }
  if (told === 0 && (await isStarter(claim.pid, folder)))
    sendSignal({ pid: claim.pid, token: '' }, 'SIGTERM');
}
