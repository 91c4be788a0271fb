import { ProviderError } from '../../../core/errors';
import type { AwsAccount } from '../account/account';

/** Where SageMaker puts what the containers of training jobs print. */
export const logGroup = '/aws/sagemaker/TrainingJobs';

/** One line of a container. */
export interface LogLine {
  readonly logStreamName?: string | undefined;
  /** Unix milliseconds, of the container's machine. */
  readonly timestamp?: number | undefined;
  /** Unix milliseconds, of CloudWatch. */
  readonly ingestionTime?: number | undefined;
  readonly message?: string | undefined;
  readonly eventId?: string | undefined;
}

export interface LogQuery {
  readonly job: string;
  /** Of the job's streams only these; absent: all. */
  readonly streams?: readonly string[];
  /** Unix milliseconds. */
  readonly from: number;
  /** CloudWatch's filter pattern. */
  readonly pattern?: string;
}

/** A container's place in its job, and when it was started: a job that is started again has more than one of a node. */
export interface LogStream {
  readonly name: string;
  readonly node: number;
  readonly epoch: number;
}

/** What CloudWatch has of a job's containers, in pages. */
export interface LogSource {
  pages(query: LogQuery, signal: AbortSignal): AsyncIterable<readonly LogLine[]>;
}

/** CloudWatch Logs, one call a page. Lines of one stream come in their order; in which the streams come is not said. */
export function cloudWatchLogs(account: AwsAccount): LogSource {
  return {
    async *pages({ job, streams, from, pattern }, signal) {
      let nextToken: string | undefined;
      do {
        const token = nextToken;
        const page = await account
          .ask(
            'logs',
            'The log can’t be read',
            (sdk, client, options) =>
              client.send(
                new sdk.FilterLogEventsCommand({
                  logGroupName: logGroup,
                  ...(streams ? { logStreamNames: [...streams] } : { logStreamNamePrefix: `${job}/` }),
                  startTime: Math.max(0, Math.floor(from)),
                  ...(pattern !== undefined && { filterPattern: pattern }),
                  ...(token !== undefined && { nextToken: token }),
                }),
                options,
              ),
            signal,
          )
          .catch((error: unknown) => {
            // The group comes with the account's first job, a stream with the container's first line.
            if (error instanceof ProviderError && error.kind === 'notFound') return undefined;
            throw error;
          });
        // A server that is not AWS's own gives those of other jobs too, where this one has none.
        const own = page?.events?.filter(({ logStreamName }) => logStreamName?.startsWith(`${job}/`)) ?? [];
        if (own.length > 0) yield own;
        nextToken = page?.nextToken;
      } while (nextToken !== undefined);
    },
  };
}

/** `undefined` for a name that is no container's. The name is `<job>/algo-<n>-<epoch>`. */
export function logStream(name: string): LogStream | undefined {
  const found = /\/algo-(\d{1,5})-(\d{1,15})$/.exec(name);
  if (!found || Number(found[1]) < 1) return undefined;
  return { name, node: Number(found[1]) - 1, epoch: Number(found[2]) };
}
