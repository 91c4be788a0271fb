import type { TrainingJobStatus } from '@aws-sdk/client-sagemaker';
import { CancelledError, messageOf } from '../../../core/errors';
import type { Log } from '../../../core/log';
import type { AwsAccount } from '../account/account';
import { described, noSuchJob } from './describe';
import { Objects } from './objects';
import { jobKeys, readPlace } from './place';

const longestReason = 500;

/** Whether there is still something to stop. */
const stoppable: Record<TrainingJobStatus, boolean> = {
  Completed: false,
  Deleting: false,
  Failed: false,
  InProgress: true,
  Stopped: false,
  Stopping: false,
};

/** Asks SageMaker to stop it. The reason is an object of the job: the first one stays. */
export async function stop(
  { account, log }: { readonly account: AwsAccount; readonly log: Log },
  id: string,
  folder: string,
  reason: string,
  signal: AbortSignal,
): Promise<void> {
  if (!(await isStoppable(account, id, signal))) return;
  const place = await readPlace(folder);
  if (place) {
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
  try {
    await account.ask(
      'sagemaker',
      'The job can’t be stopped',
      (sdk, client, options) => client.send(new sdk.StopTrainingJobCommand({ TrainingJobName: id }), options),
      signal,
    );
  } catch (error) {
    if (error instanceof CancelledError || (await isStoppable(account, id, signal))) throw error;
    // It ended meanwhile.
  }
}

async function isStoppable(account: AwsAccount, id: string, signal: AbortSignal): Promise<boolean> {
  const job = await described(account, id, signal);
  if (!job) throw noSuchJob(id);
  const status: string = job.TrainingJobStatus ?? '';
  return !Object.hasOwn(stoppable, status) || stoppable[status as TrainingJobStatus];
}
