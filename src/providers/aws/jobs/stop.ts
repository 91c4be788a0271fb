import type { DescribeTrainingJobResponse, TrainingJobStatus } from '@aws-sdk/client-sagemaker';
import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError, messageOf, ProviderError } from '../../../core/errors';
import type { Log } from '../../../core/log';
import type { AwsAccount } from '../account/account';
import { readClaim } from './claim';
import { described, noSuchJob } from './describe';
import { Objects } from './storage/objects';
import { jobKeys, readPlace } from './place';

const longestReason = 500;
/** Milliseconds between two tries, and for which a job that AWS made may still be unknown to who asks for it. */
const firstPause = 500;
const longestPause = 8000;
const lag = 60_000;

interface StopParts {
  readonly account: AwsAccount;
  readonly log: Log;
}

/** Whether there is still something to stop. */
const stoppable: Record<TrainingJobStatus, boolean> = {
  Completed: false,
  Deleting: false,
  Failed: false,
  InProgress: true,
  Stopped: false,
  Stopping: false,
};

/**
 * Asks SageMaker to stop it. The reason is an object of the job: the first one stays. A job that was just made, or is being made by another
 * process, may be unknown for a while: it is asked for until it is there.
 */
export async function stop(
  parts: StopParts,
  id: string,
  folder: string,
  reason: string,
  signal: AbortSignal,
): Promise<void> {
  let waited = 0;
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    const claim = await readClaim(folder);
    if (await isStopped(parts, id, folder, reason, claim === 'exists', signal)) return;
    if (claim !== 'asked' && claim !== 'exists') throw noSuchJob(id);
    if (waited >= lag)
      throw new ProviderError(
        'unavailable',
        `SageMaker does not know the job yet. Stop it again in a minute: ${id}`,
      );
    await delay(pause, undefined, { signal }).catch(() => {
      throw new CancelledError();
    });
    waited += pause;
  }
}

/** Whether there is nothing more to ask for. `exists`: it is known to be there, whatever SageMaker says of it. */
async function isStopped(
  parts: StopParts,
  id: string,
  folder: string,
  reason: string,
  exists: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const { account } = parts;
  const job = await described(account, id, signal);
  if (!job && !exists) return false;
  if (job && !isStoppable(job)) return true;
  await keepReason(parts, id, folder, reason, signal);
  try {
    await account.ask(
      'sagemaker',
      'The job can’t be stopped',
      (sdk, client, options) => client.send(new sdk.StopTrainingJobCommand({ TrainingJobName: id }), options),
      signal,
    );
    return true;
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    const now = await described(account, id, signal);
    // It ended meanwhile.
    if (now && !isStoppable(now)) return true;
    if (error instanceof ProviderError && error.kind === 'notFound') return false;
    throw error;
  }
}

async function keepReason(
  { account, log }: StopParts,
  id: string,
  folder: string,
  reason: string,
  signal: AbortSignal,
): Promise<void> {
  const place = await readPlace(folder);
  if (!place) return;
  const line = reason
    .replaceAll(/[\s\0]+/g, ' ')
    .trim()
    .slice(0, longestReason);
  try {
    await new Objects(account, place).putOnce(jobKeys.stop(id), line, signal);
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    // What costs money is stopped all the same.
    log.warn(`Why ${id} is stopped can’t be kept in S3: ${messageOf(error)}`);
  }
}

function isStoppable(job: DescribeTrainingJobResponse): boolean {
  const status: string = job.TrainingJobStatus ?? '';
  return !Object.hasOwn(stoppable, status) || stoppable[status as TrainingJobStatus];
}
