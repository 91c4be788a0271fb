import { ProviderError } from '../../../../core/errors';
import type { AwsAccount } from '../../account/account';
import { readOurselves } from '../../account/ownReading';

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

/**
 * CloudWatch Logs, one call a page, the next page asked for while one is looked at. Lines of one stream come in their order; in which the
 * streams come is not said.
 */
export function cloudWatchLogs(account: AwsAccount): LogSource {
  return {
    async *pages(query, signal) {
      const leaving = new AbortController();
      const either = AbortSignal.any([signal, leaving.signal]);
      try {
        let coming = pageOf(account, query, undefined, either);
        for (;;) {
          const { lines, nextToken } = await coming;
          if (nextToken !== undefined) {
            coming = pageOf(account, query, nextToken, either);
            // Who has left does not hear of it.
            coming.catch(() => undefined);
          }
          if (lines.length > 0) yield lines;
          if (nextToken === undefined) return;
        }
      } finally {
        leaving.abort();
      }
    },
  };
}

interface Page {
  readonly lines: readonly LogLine[];
  readonly nextToken: string | undefined;
}

const empty: Page = { lines: [], nextToken: undefined };

async function pageOf(
  account: AwsAccount,
  { job, streams, from, pattern }: LogQuery,
  nextToken: string | undefined,
  signal: AbortSignal,
): Promise<Page> {
  let page = empty;
  try {
    await account.ask(
      'logs',
      'The log can’t be read',
      (sdk, client, options) => {
        const command = new sdk.FilterLogEventsCommand({
          logGroupName: logGroup,
          ...(streams ? { logStreamNames: [...streams] } : { logStreamNamePrefix: `${job}/` }),
          startTime: Math.max(0, Math.floor(from)),
          ...(pattern !== undefined && { filterPattern: pattern }),
          ...(nextToken !== undefined && { nextToken }),
        });
        readOurselves(command, (json) => {
          page = readPage(json, job);
        });
        return client.send(command, options);
      },
      signal,
    );
  } catch (error) {
    // The group comes with the account's first job, a stream with the container's first line.
    if (error instanceof ProviderError && error.kind === 'notFound') return empty;
    throw error;
  }
  return page;
}

function readPage(json: unknown, job: string): Page {
  const { events, nextToken } = (json ?? {}) as { readonly events?: unknown; readonly nextToken?: unknown };
  const prefix = `${job}/`;
  const lines = Array.isArray(events) ? events.filter((event) => isLineOf(event, prefix)) : [];
  return { lines, nextToken: typeof nextToken === 'string' ? nextToken : undefined };
}

/** A server that is not AWS's own gives those of other jobs too, where this one has none. */
function isLineOf(event: unknown, prefix: string): event is LogLine {
  const { logStreamName, timestamp, ingestionTime = timestamp, message } = (event ?? {}) as Partial<LogLine>;
  return (
    typeof message === 'string' &&
    typeof logStreamName === 'string' &&
    logStreamName.startsWith(prefix) &&
    typeof timestamp === 'number' &&
    typeof ingestionTime === 'number'
  );
}

/** `undefined` for a name that is no container's. The name is `<job>/algo-<n>-<epoch>`. */
export function logStream(name: string): LogStream | undefined {
  const found = /\/algo-(\d{1,5})-(\d{1,15})$/.exec(name);
  if (!found || Number(found[1]) < 1) return undefined;
  return { name, node: Number(found[1]) - 1, epoch: Number(found[2]) };
}
