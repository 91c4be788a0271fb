import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ListTrainingJobsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { FakeAws } from '../fakes/aws/fakeAws';
import { FakeAwsJobs } from '../fakes/aws/fakeAwsJobs';
import { logGroup } from '../fakes/aws/sagemaker/logAgent';
import { testKeys } from '../fakes/aws/testAccount';

let aws: FakeAws;
let jobs: FakeAwsJobs;

beforeAll(async () => {
  aws = await FakeAws.start();
  jobs = await FakeAwsJobs.make(aws);
});
afterEach(() => {
  aws.faults.end();
  aws.trainingJobs.lateMs = 0;
});
afterAll(() => aws.stop());

const list = () => jobs.sagemaker.send(new ListTrainingJobsCommand({}));
const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'answered',
    (error: unknown) => (error as Error).name,
  );

test('each fault comes as the SDK knows it', async () => {
  const s3 = new S3Client({
    endpoint: aws.url,
    region: 'us-east-1',
    credentials: testKeys,
    maxAttempts: 1,
    forcePathStyle: true,
  });
  const found: Record<string, string> = {};
  for (const kind of [
    'throttled',
    'serverError',
    'html',
    'portal',
    'reset',
    'lost',
    'expired',
    'denied',
  ] as const) {
    const end = aws.faults.begin({ kind });
    found[kind] =
      `${await outcome(list())}, ${await outcome(s3.send(new ListObjectsV2Command({ Bucket: 'data' })))}`;
    end();
  }
  expect(found).toEqual({
    throttled: 'ThrottlingException, SlowDown',
    serverError: 'InternalFailure, InternalError',
    html: 'SyntaxError, Unknown',
    portal: 'SyntaxError, answered',
    // The SDK's name for a connection that was reset.
    reset: 'TimeoutError, TimeoutError',
    lost: 'TimeoutError, TimeoutError',
    expired: 'ExpiredTokenException, ExpiredToken',
    denied: 'AccessDeniedException, AccessDenied',
  });
  expect(await outcome(list())).toBe('answered');
});

test('a share of the requests fails, the same share in each run, and no more than were asked for', async () => {
  aws.faults.begin({ kind: 'throttled', share: 0.3 });
  const outcomes: string[] = [];
  for (let call = 0; call < 100; call += 1) outcomes.push(await outcome(list()));
  const failed = outcomes.filter((one) => one === 'ThrottlingException').length;
  expect(failed).toBeGreaterThan(20);
  expect(failed).toBeLessThan(40);
  aws.faults.end();
  aws.faults.begin({
    kind: 'serverError',
    times: 2,
    of: ({ operation }) => operation === 'ListTrainingJobs',
  });
  expect([await outcome(list()), await outcome(list()), await outcome(list())]).toEqual([
    'InternalFailure',
    'InternalFailure',
    'answered',
  ]);
});

test('a clock that is off is refused, and an SDK that sets its own by the answer goes on', async () => {
  aws.faults.begin({ kind: 'skew', ms: 3_600_000 });
  const patient = new SageMakerClient({ endpoint: aws.url, region: 'us-east-1', credentials: testKeys });
  expect(await outcome(list())).toBe('InvalidSignatureException');
  expect(await outcome(patient.send(new ListTrainingJobsCommand({})))).toBe('answered');
});

test('a job whose creation nobody heard of is there, and one that is late is not', async () => {
  aws.faults.begin({ kind: 'lost', of: ({ operation }) => operation === 'CreateTrainingJob' });
  expect(await outcome(jobs.create('unheard', 'true'))).toBe('TimeoutError');
  aws.trainingJobs.lateMs = 60_000;
  expect(await outcome(jobs.describe('unheard'))).toBe('ValidationException');
  aws.faults.end();
  expect(await outcome(jobs.create('unheard', 'true'))).toBe('ResourceInUse');
  aws.trainingJobs.lateMs = 0;
  expect(await jobs.end('unheard')).toMatchObject({ TrainingJobStatus: 'Completed' });
});

test('a log is read by the prefix of its streams, in the order of time and in pages, also such without events', async () => {
  const logs = new CloudWatchLogsClient({ endpoint: aws.url, region: 'us-east-1', credentials: testKeys });
  const read = async (job: string) => {
    const pages: string[][] = [];
    let nextToken: string | undefined;
    do {
      const asked = { logGroupName: logGroup, logStreamNamePrefix: `${job}/`, nextToken };
      const page = await logs.send(new FilterLogEventsCommand(asked));
      pages.push((page.events ?? []).map(({ message = '' }) => message.slice(0, 10)));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return pages;
  };
  await jobs.create('pages', 'echo one; sleep 0.1; head -c 600000 /dev/zero | tr "\\0" x; echo');
  await jobs.end('pages');
  aws.faults.begin({ kind: 'emptyPage', times: 2, of: ({ operation }) => operation === 'FilterLogEvents' });
  const long = 'x'.repeat(10);
  expect(await read('pages')).toEqual([[], [], ['one', long, long, long]]);
  expect(await read('page')).toEqual([[]]);
  await jobs.create('more-pages', 'for i in 1 2 3; do head -c 600000 /dev/zero | tr "\\0" $i; echo; done');
  await jobs.end('more-pages');
  const pages = await read('more-pages');
  expect(pages.length).toBeGreaterThan(1);
  expect(
    pages
      .flat()
      .map((text) => text.charAt(0))
      .join(''),
  ).toBe('111222333');
});
