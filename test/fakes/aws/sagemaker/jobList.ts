import type { ListTrainingJobsRequest } from '@aws-sdk/client-sagemaker';
import { AwsRefusal } from '../wire/wireRequest';
import type { JobRecord } from './jobRecord';

/** As on the wire: times are numbers. */
type Asked = {
  readonly [K in keyof ListTrainingJobsRequest]: ListTrainingJobsRequest[K] extends Date | undefined
    ? number | undefined
    : ListTrainingJobsRequest[K];
};

/** A page of `ListTrainingJobs`: filtered, in order, then cut. */
export function listJobs(
  all: readonly JobRecord[],
  request: ListTrainingJobsRequest,
  warmPool: (job: JobRecord) => object | undefined,
): object {
  const asked = request as Asked;
  const { SortBy = 'CreationTime', SortOrder = 'Ascending', MaxResults = 10 } = asked;
  const between = (time: number, after: number | undefined, before: number | undefined) =>
    (after === undefined || time >= after) && (before === undefined || time <= before);
  const keys: Readonly<Record<string, (job: JobRecord) => string>> = {
    Name: (job) => job.name,
    Status: (job) => `${job.status} ${inOrder(job)}`,
    CreationTime: inOrder,
  };
  const key = keys[SortBy] ?? inOrder;
  const found = all
    .filter(
      (job) =>
        between(job.created, asked.CreationTimeAfter, asked.CreationTimeBefore) &&
        between(job.modified, asked.LastModifiedTimeAfter, asked.LastModifiedTimeBefore) &&
        (asked.NameContains === undefined ||
          job.name.toLowerCase().includes(asked.NameContains.toLowerCase())) &&
        (asked.StatusEquals === undefined || job.status === asked.StatusEquals) &&
        (asked.WarmPoolStatusEquals === undefined ||
          (warmPool(job) as { Status: string } | undefined)?.Status === asked.WarmPoolStatusEquals),
    )
    .map((job) => ({ key: key(job), job }))
    .sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  if (SortOrder === 'Descending') found.reverse();
  const { page, token } = cut(found, asked.NextToken, MaxResults);
  return { TrainingJobSummaries: page.map(({ job }) => job.summary(warmPool(job))), NextToken: token };
}

/**
 * From behind the one that the token names, which need not be there any more: what comes or goes meanwhile makes no other one come twice or
 * never.
 */
export function cut<T extends { readonly key: string }>(
  sorted: readonly T[],
  after: string | undefined,
  size: number,
): { readonly page: readonly T[]; readonly token: string | undefined } {
  let from = 0;
  if (after !== undefined) {
    const [key, index] = readToken(after);
    const same = sorted.findIndex((one) => one.key === key);
    from = same === -1 ? index : same + 1;
  }
  const page = sorted.slice(from, from + size);
  const last = page.at(-1);
  const more = last !== undefined && from + size < sorted.length;
  return {
    page,
    token: more ? Buffer.from(JSON.stringify([last.key, from + size])).toString('base64') : undefined,
  };
}

function readToken(token: string): readonly [key: string, index: number] {
  try {
    return JSON.parse(Buffer.from(token, 'base64').toString()) as [string, number];
  } catch {
    throw new AwsRefusal('ValidationException', 'Invalid NextToken.');
  }
}

function inOrder(job: JobRecord): string {
  return `${job.created.toFixed(6).padStart(20)} ${job.name}`;
}
