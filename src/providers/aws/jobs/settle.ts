import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError, ProviderError } from '../../../core/errors';
import type { Log } from '../../../core/log';
import { isSystemError } from '../../../node/files';
import type { AwsAccount } from '../account/account';
import { changeClaim, makeClaim, readClaim } from './claim';
import { described } from './describe';
import { Objects } from './storage/objects';
import { jobKeys, ownPacks, readPlace, type JobPlace } from './place';

export interface SettleParts {
  readonly account: AwsAccount;
  readonly log: Log;
  /** Requests of this process for a job that are under way, by its id. */
  readonly creating: ReadonlyMap<string, Promise<unknown>>;
}

/** Milliseconds between looks for a job that AWS was asked for by a process that did not hear the answer. */
const looks = [500, 1000, 2000, 4000];

/**
 * Decides whether the job exists. Where it does not, nobody asks AWS for it from now on, and nothing of it is left in S3. Throws where AWS
 * can't be asked.
 */
export async function settle(
  parts: SettleParts,
  id: string,
  folder: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    if (await makeClaim(folder, 'none')) return await takenBack(parts, id, folder, signal);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
    // The folder is gone, and nothing can be submitted from it. A job that runs is not to be forgotten.
    return (await described(parts.account, id, signal)) !== undefined;
  }
  await parts.creating.get(id)?.catch(() => undefined);
  const claim = await readClaim(folder);
  if (claim === 'exists') return true;
  if (claim === 'asked' && (await settleAsked(parts, id, folder, looks, signal))) return true;
  return takenBack(parts, id, folder, signal);
}

/** Decides whether a job exists for which AWS was asked: whether it appears, now or after a while. */
export async function settleAsked(
  { account }: Pick<SettleParts, 'account'>,
  id: string,
  folder: string,
  pauses: readonly number[],
  signal: AbortSignal,
): Promise<boolean> {
  const place = await readPlace(folder);
  for (const pause of [0, ...pauses]) {
    if (pause > 0)
      await delay(pause, undefined, { signal }).catch(() => {
        throw new CancelledError();
      });
    const job = await described(account, id, signal);
    if (!job) continue;
    // Somebody else may have a job of that name.
    const ours = place !== undefined && job.OutputDataConfig?.S3OutputPath === outputUri(place, id);
    await changeClaim(folder, ours ? 'exists' : 'none');
    return ours;
  }
  await changeClaim(folder, 'none');
  return false;
}

/** Where SageMaker puts what the job leaves; no other job has the same. */
export function outputUri({ bucket }: Pick<JobPlace, 'bucket'>, id: string): string {
  return `s3://${bucket}/${jobKeys.output(id)}`;
}

/** Deletes from S3 what a submission left that did not become a job. */
export async function takeBack(
  { account, log }: Pick<SettleParts, 'account' | 'log'>,
  id: string,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const place = await readPlace(folder);
  if (!place) return;
  const objects = new Objects(account, place);
  try {
    const packs = ownPacks(place, id);
    for (const key of packs) await objects.abortUploads(key, signal);
    await objects.remove([...packs, ...(await objects.list(jobKeys.all(id), signal))], signal);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.kind === 'notFound') return;
    // Whoever may write and not delete could never submit again otherwise.
    if (error.kind !== 'forbidden') throw error;
    log.warn(`What the submission of ${id} left in S3 stays there: ${error.message}`);
  }
}

async function takenBack(
  parts: SettleParts,
  id: string,
  folder: string,
  signal: AbortSignal,
): Promise<false> {
  await takeBack(parts, id, folder, signal);
  return false;
}
