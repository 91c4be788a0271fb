import type { FilteredLogEvent, FilterLogEventsRequest } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeLogStreamsCommand, type CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { jsonAnswer, type WireAnswer, type WireRequest } from './wire/wireRequest';

const pageBytes = 1_048_576;

/**
 * `FilterLogEvents` as CloudWatch has it, from moto's, which looks at no prefix, gives the streams one after the other and pages of any
 * size: the events of all streams in the order of their times, at most 1 MiB of them in a page. A token that begins with `empty-` comes
 * from the fault `emptyPage`: it goes on where the request before it would have begun.
 */
export async function filterLogEvents(
  logs: CloudWatchLogsClient,
  request: WireRequest,
  send: (request: WireRequest) => Promise<WireAnswer>,
): Promise<WireAnswer> {
  const { nextToken, logStreamNamePrefix, ...asked } = JSON.parse(
    request.body.toString(),
  ) as FilterLogEventsRequest;
  const { logGroupName = '' } = asked;
  const token = nextToken?.replace(/^(?:empty-)+/, '') ?? '';
  const streams =
    logStreamNamePrefix === undefined
      ? asked.logStreamNames
      : await named(logs, logGroupName, logStreamNamePrefix);
  // Where there is no such group moto says so.
  if (streams?.length === 0) return jsonAnswer({ events: [], searchedLogStreams: [] });
  const whole = {
    ...asked,
    logStreamNames: streams,
    interleaved: true,
    ...(token === '' ? {} : { nextToken: token }),
  };
  const answer = await send({ ...request, body: Buffer.from(JSON.stringify(whole)) });
  if (answer.status !== 200) return answer;
  const page = JSON.parse(answer.body.toString()) as {
    events: readonly FilteredLogEvent[];
    nextToken?: string;
  };
  let bytes = 0;
  const fits = page.events.findIndex(
    ({ message = '' }) => (bytes += Buffer.byteLength(message) + 26) > pageBytes,
  );
  // Searched streams are not told any more.
  if (fits <= 0) return jsonAnswer({ ...page, searchedLogStreams: [] });
  const events = page.events.slice(0, fits);
  const last = events.at(-1);
  // In moto's form.
  const next = `${logGroupName}@${last?.logStreamName ?? ''}@${last?.eventId ?? ''}`;
  return jsonAnswer({ events, searchedLogStreams: [], nextToken: next });
}

/** `undefined`: there is no such group. */
async function named(
  logs: CloudWatchLogsClient,
  logGroupName: string,
  logStreamNamePrefix: string,
): Promise<string[] | undefined> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await logs
      .send(new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix, nextToken }))
      .catch(() => undefined);
    if (!page) return undefined;
    names.push(...(page.logStreams ?? []).map(({ logStreamName = '' }) => logStreamName));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return names;
}
