import type { TrainingJobSummary } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { JobList, JobPage, JobsWanted, ListedJob, ListedSpec } from '../../../core/listedJob';
import type { AwsAccount } from '../account/account';
import type { KeptAnswers } from '../prices/keptAnswers';
import { described, noSuchJob } from './describe';
import { jobPages } from './jobPages';
import { listedSpec } from './listedSpec';
import { stateOf } from './states';

/** Milliseconds by which a page that is gone on with begins before the end of the last: which of two equal times come first is not said. */
const again = 1000;

/**
 * SageMaker's training jobs in one region of an account. A token is the time of the last job: SageMaker's own are good only for a while. By
 * the time of the last change it can filter and not sort.
 */
export class AwsJobList implements JobList {
  constructor(
    private readonly account: AwsAccount,
    private readonly kept: KeptAnswers,
  ) {}

  async *pages({ changedSince, from }: JobsWanted, signal: AbortSignal): AsyncGenerator<JobPage> {
    const before = from === undefined ? undefined : timeOf(from);
    let oldest = before ?? Number.MAX_SAFE_INTEGER;
    const wanted = {
      SortBy: 'CreationTime',
      SortOrder: 'Descending',
      ...(changedSince !== undefined && { LastModifiedTimeAfter: new Date(changedSince) }),
      ...(before !== undefined && { CreationTimeBefore: new Date(before + again) }),
    } as const;
    for await (const page of jobPages(this.account, wanted, signal)) {
      const jobs = (page.TrainingJobSummaries ?? []).flatMap((summary) => listed(summary) ?? []);
      const more = page.NextToken !== undefined;
      if (jobs.length === 0 && more) continue;
      oldest = Math.min(oldest, ...jobs.map(({ createdAt }) => createdAt));
      yield { jobs, ...(more && { next: String(oldest) }) };
    }
  }

  async describe(id: string, signal: AbortSignal): Promise<ListedSpec> {
    const job = await described(this.account, id, signal);
    if (!job) throw noSuchJob(id);
    return listedSpec(job, this.account, this.kept);
  }
}

/** `undefined` for one that AWS says too little of. */
function listed({
  TrainingJobName: id,
  CreationTime: created,
  LastModifiedTime: changed,
  TrainingEndTime: ended,
  TrainingJobStatus: status,
  SecondaryStatus: second,
}: TrainingJobSummary): ListedJob | undefined {
  if (id === undefined || !created) return undefined;
  return {
    id,
    name: id,
    // What has not said more is taken for running.
    state: stateOf(status, second ?? (status === 'InProgress' ? 'Training' : undefined)),
    rawState: second ?? status ?? 'unknown',
    createdAt: created.getTime(),
    changedAt: (changed ?? created).getTime(),
    ...(ended && { endedAt: ended.getTime() }),
  };
}

function timeOf(token: string): number {
  if (!/^\d{1,15}$/.test(token))
    throw new ProviderError('invalid', `This is no place in the list of jobs: ${token.slice(0, 100)}`);
  return Number(token);
}
