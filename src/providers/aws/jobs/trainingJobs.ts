import type { SpendApproval } from '../../../core/costGuard';
import { CancelledError, messageOf, ProviderError } from '../../../core/errors';
import type { JobSpec } from '../../../core/jobSpec/jobSpec';
import type {
  JobOutput,
  LogChunk,
  LogStreamId,
  MachineType,
  Offer,
  Submission,
  TrainingJobs,
  Unsupported,
} from '../../../core/provider';
import { hasEnded, type JobStatus } from '../../../core/trainingJob';
import type { ProviderContext } from '../../context';
import type { AwsAccount } from '../account/account';
import { tellingWaits } from '../account/waits';
import { KeptAnswers } from '../prices/keptAnswers';
import { machineTypes } from '../types/trainingTypes';
import { download } from './storage/download';
import { FollowedJobs } from './follow';
import { AwsJobList } from './jobList';
import { outputs } from './outputs';
import { plan } from './plan/plan';
import { Quotas } from './plan/quotas';
import { forgetSecrets, remove } from './remove';
import { requestOf } from './plan/request';
import { forgetRole, roleOf } from './plan/roles';
import { settle } from './settle';
import { stop } from './stop';
import { submit, type JobUris } from './submit';
import { unsupported } from './plan/unsupported';

/** Jobs in SageMaker, in one region of an account. All state is there and in S3; on this computer is only where in S3. */
export class AwsTrainingJobs implements TrainingJobs {
  readonly list: AwsJobList;
  private readonly kept: KeptAnswers;
  private readonly quotas: Quotas;
  private readonly followed: FollowedJobs;
  private readonly creating = new Map<string, Promise<unknown>>();

  constructor(
    private readonly context: ProviderContext,
    private readonly account: AwsAccount,
  ) {
    this.kept = new KeptAnswers(context.home, context.now);
    this.list = new AwsJobList(account, this.kept);
    this.quotas = new Quotas(account, this.kept, context.now);
    this.followed = new FollowedJobs({ account, log: context.log, now: context.now });
  }

  plan(spec: JobSpec, signal: AbortSignal): Promise<readonly Offer[]> {
    const { account, kept, quotas } = this;
    return plan({ account, kept, quotas }, spec, signal);
  }

  types(): readonly MachineType[] {
    return machineTypes();
  }

  unsupported(spec: JobSpec): readonly Unsupported[] {
    return unsupported(spec, this.account);
  }

  async submit(
    submission: Submission,
    { offer }: SpendApproval<JobSpec>,
    signal: AbortSignal,
  ): Promise<void> {
    const { account, kept, context, creating } = this;
    const { prompts, home, log, remoteFolder } = context;
    const { id, spec } = submission;
    const roles = { account, kept, prompts, home };
    const requestFor = async (given: AbortSignal) => {
      const roleArn = await roleOf(roles, spec, given);
      return (uris: JobUris, objects: ReadonlySet<string>) =>
        requestOf(spec, { id, here: account, offer, roleArn, uris, objects });
    };
    try {
      await tellingWaits(submission.onProgress, (onProgress) =>
        submit({ account, creating, log, remoteFolder, requestFor }, { ...submission, onProgress }, signal),
      );
    } catch (error) {
      // A role that was remembered may be gone, or no longer let SageMaker take it on: the next submission asks again.
      if (error instanceof ProviderError && /assume role/i.test(error.message))
        await forgetRole(roles, signal);
      throw error;
    }
  }

  settle(id: string, folder: string, signal: AbortSignal): Promise<boolean> {
    const { account, creating, context } = this;
    return settle({ account, creating, log: context.log }, id, folder, signal);
  }

  async status(id: string, folder: string, signal: AbortSignal): Promise<JobStatus> {
    return this.seen(id, folder, await this.followed.status(id, folder, signal), signal);
  }

  async *watch(id: string, folder: string, signal: AbortSignal): AsyncIterable<JobStatus> {
    for await (const status of this.followed.watch(id, folder, signal))
      yield await this.seen(id, folder, status, signal);
  }

  async stop(id: string, folder: string, reason: string, signal: AbortSignal): Promise<void> {
    await stop({ account: this.account, log: this.context.log }, id, folder, reason, signal);
  }

  logs(
    id: string,
    folder: string,
    stream: LogStreamId,
    from: string | undefined,
    signal: AbortSignal,
  ): AsyncIterable<LogChunk> {
    return this.followed.logs(id, folder, stream, from, signal);
  }

  outputs(id: string, folder: string, signal: AbortSignal): Promise<readonly JobOutput[]> {
    return outputs(this.account, id, folder, signal);
  }

  async download(
    id: string,
    folder: string,
    output: string,
    to: string,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await tellingWaits(onProgress, (told) =>
      download(this.account, { id, folder }, output, to, told, signal),
    );
  }

  async remove(id: string, folder: string, signal: AbortSignal): Promise<void> {
    await remove(this.account, id, folder, signal);
  }

  /** Once it has ended, nobody needs its secrets any more. A status is worth having all the same where they can't be deleted now. */
  private async seen(id: string, folder: string, status: JobStatus, signal: AbortSignal): Promise<JobStatus> {
    if (!hasEnded(status.state)) return status;
    try {
      await forgetSecrets(this.account, id, folder, signal);
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      this.context.log.warn(`The secrets of ${id} are still in S3: ${messageOf(error)}`);
    }
    return status;
  }
}
