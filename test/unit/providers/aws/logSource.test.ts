import { afterAll, beforeAll, expect, it } from 'vitest';
import { Rates } from '../../../../src/providers/aws/account/rates';
import { OwnRates } from '../../../../src/providers/aws/account/rateStore';
import {
  cloudWatchLogs,
  type LogLine,
  type LogQuery,
} from '../../../../src/providers/aws/jobs/logs/logSource';
import { json, refusal, ScriptedAws, type Answer } from '../../../fakes/aws/scriptedAws';
import { testAccount } from '../../../fakes/aws/testAccount';

const never = new AbortController().signal;
const query: LogQuery = { job: 'digits', from: 1_700_000_000_000 };
let aws: ScriptedAws;

beforeAll(async () => {
  aws = await ScriptedAws.start();
});

afterAll(async () => {
  await aws.stop();
});

it('gives the lines page by page, each asked for once, by the stream prefix', async () => {
  aws.answer(page(['é 1', 'b\u0000'], 'two'), page([], 'three'), page(['c']));
  expect(await messages()).toEqual([['é 1', 'b\u0000'], ['c']]);
  expect(aws.requests.map(({ body }) => JSON.parse(body) as object)).toMatchObject([
    { logStreamNamePrefix: 'digits/', startTime: query.from },
    { nextToken: 'two' },
    { nextToken: 'three' },
  ]);
});

it('asks for the next page while one is looked at, and for no more', async () => {
  aws.answer(page(['a'], 'two'), page(['b'], 'three'), page(['c']));
  const pages = source().pages(query, never)[Symbol.asyncIterator]();
  await pages.next();
  await expect.poll(() => aws.requests.length).toBe(2);
  await pages.return?.();
  expect(aws.requests).toHaveLength(2);
});

it.each<[string, Answer]>([
  ['too often', refusal('ThrottlingException', 'Rate exceeded')],
  ['a problem of AWS', { status: 503, body: '' }],
  ['a cut connection', { cut: true }],
  ['an answer that is cut', { ...page(['torn']), cut: 'inside' }],
])('asks again after %s, and gives what it then gets once', async (_, failure) => {
  aws.answer(failure, page(['a'], 'two'), failure, page(['b']));
  expect(await messages()).toEqual([['a'], ['b']]);
});

it('says what is wrong with an answer that is none of AWS', async () => {
  aws.answer({ headers: { 'content-type': 'text/html' }, body: '<!doctype html>' });
  await expect(messages()).rejects.toMatchObject({ kind: 'network' });
  aws.answer({ ...json({}), body: '{"events":[' });
  await expect(messages()).rejects.toMatchObject({ kind: 'unavailable' });
  aws.answer(refusal('AccessDeniedException', 'no'));
  await expect(messages()).rejects.toMatchObject({ kind: 'forbidden' });
});

it('has no lines before the group is there', async () => {
  aws.answer(refusal('ResourceNotFoundException', 'The specified log group does not exist.'));
  expect(await messages()).toEqual([]);
});

it('leaves out lines of other jobs, and what is no line', async () => {
  aws.answer(
    json({
      events: [line('a'), line('b', 'digits-2/algo-1-1'), null, 7, { ...line('c'), message: 3 }, line('d')],
    }),
  );
  expect(await messages()).toEqual([['a', 'd']]);
  aws.answer({ ...json({}), body: 'null' });
  expect(await messages()).toEqual([]);
});

function source() {
  const rates = new Rates(
    new OwnRates(),
    Date.now,
    () => Promise.resolve(),
    () => undefined,
  );
  return cloudWatchLogs(testAccount(aws.url, 'us-east-1', {}, rates));
}

async function messages(): Promise<(string | undefined)[][]> {
  const pages: (string | undefined)[][] = [];
  for await (const lines of source().pages(query, never)) pages.push(lines.map(({ message }) => message));
  return pages;
}

function page(texts: readonly string[], nextToken?: string): Answer {
  return json({ events: texts.map((text) => line(text)), ...(nextToken !== undefined && { nextToken }) });
}

function line(message: string, logStreamName = 'digits/algo-1-1'): LogLine {
  return { logStreamName, timestamp: query.from, ingestionTime: query.from + 100, message };
}
