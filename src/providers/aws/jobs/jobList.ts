import type { TrainingJobSummary } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { JobList, JobPage, JobsWanted, ListedJob, ListedSpec } from '../../../core/listedJob';
import type { AwsAccount } from '../account/account';
import type { KeptAnswers } from '../prices/keptAnswers';
import { described, noSuchJob } from './describe';
import { listedSpec } from './listedSpec';
import { stateOf } from './states';

/** As many as SageMaker gives at once. */
const pageSize = 100;
/** Milliseconds by which a page that is gone on with begins before the end of the last: which of two equal times come first is not said. */
const again = 1000;

/**
 * SageMaker's training jobs in one region of an account. A token is the time of the last job: SageMaker's own are good only for a while. By
 * the time of the last change it can filter and not sort.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTrainingJobs.html
 */
export class AwsJobList implements JobList {
  constructor(
    private readonly account: AwsAccount,
    private readonly kept: KeptAnswers,
  ) {}

  async *pages({ changedSince, from }: JobsWanted, signal: AbortSignal): AsyncGenerator<JobPage> {
    const before = from === undefined ? undefined : timeOf(from);
    let oldest = before ?? Number.MAX_SAFE_INTEGER;
    let nextToken: string | undefined;
    do {
      const token = nextToken;
      const page = await this.account.ask(
        'sagemaker',
        'The jobs can’t be listed',
        (sdk, client, options) =>
          client.send(
            new sdk.ListTrainingJobsCommand({
              SortBy: 'CreationTime',
              SortOrder: 'Descending',
              MaxResults: pageSize,
              ...(changedSince !== undefined && { LastModifiedTimeAfter: new Date(changedSince) }),
              ...(before !== undefined && { CreationTimeBefore: new Date(before + again) }),
              ...(token !== undefined && { NextToken: token }),
            }),
            options,
          ),
        signal,
      );
      const jobs = (page.TrainingJobSummaries ?? []).flatMap((summary) => listed(summary) ?? []);
      nextToken = page.NextToken;
      // A page may be empty with more behind it.
      if (jobs.length === 0 && nextToken !== undefined) continue;
      oldest = Math.min(oldest, ...jobs.map(({ createdAt }) => createdAt));
      yield { jobs, ...(nextToken !== undefined && { next: String(oldest) }) };
    } while (nextToken !== undefined);
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
