import { randomBytes } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../src/core/errors';
import { AwsTrainingJobs } from '../../src/providers/aws/jobs/trainingJobs';
import type { Fault } from '../fakes/aws/faults';
import { testAccount } from '../fakes/aws/testAccount';
import { agreed } from '../fakes/jobSpec';
import { until } from '../fakes/until';
import { workplace } from '../fakes/workplace';
import { AwsSubmissions } from './awsSubmissions';
import { never } from './jobsUnderTest';

const submissions = new AwsSubmissions();
const { jobs } = submissions;

type Job = Awaited<ReturnType<typeof jobs.prepare>>;

const large = async (job: Job, size = 34 << 20) =>
  writeFile(join(job.baseFolder, 'large'), randomBytes(size));

describe('throttled', () => {
  test.each([0.01, 0.1, 0.5, 0.9, 1])(
    'for a share of %d of its calls, a job is submitted, once, or its submission says so and leaves nothing',
    { timeout: 60_000 },
    async (share) => {
      const before = await submissions.inS3();
      const job = await jobs.prepare('workdir: .\nrun: echo');
      await writeFile(join(job.baseFolder, 'a.txt'), job.id);
      submissions.aws.faults.begin({ kind: 'throttled', share, of: ({ service }) => service !== 'pricing' });
      const result = await submissions.outcome(job, before);
      if (share < 0.2) expect(result).toBeUndefined();
      if (share === 1) expect(String(result)).toMatch(/AWS is asked too often, also after several tries/);
      if (result === undefined) expect((await jobs.end(job)).state).toBe('succeeded');
      // The answer to a HEAD has no words.
      else
        expect(result).toMatchObject({
          message: expect.stringMatching(/asked too often|HTTP 503/) as string,
        });
    },
  );

  test('for good, a submission is cancelled at once, also while it waits', async () => {
    const facet = new AwsTrainingJobs(workplace(), testAccount(submissions.aws.url));
    const job = await jobs.prepare('run: echo');
    const [offer] = await facet.plan(job.spec, never);
    if (!offer) throw new Error('No offer');
    submissions.aws.faults.begin({ kind: 'throttled' });
    const cancel = new AbortController();
    const asked = submissions.aws.requests.length;
    const submitted = facet.submit(job.submission, await agreed(job.spec, offer), cancel.signal);
    submitted.catch(() => undefined);
    await until('it is refused twice', () => submissions.aws.requests.length > asked + 1);
    const began = performance.now();
    cancel.abort();
    await expect(submitted).rejects.toBeInstanceOf(CancelledError);
    expect(performance.now() - began).toBeLessThan(500);
  });
});

describe('where something else than AWS answers', () => {
  test.each([
    ['portal', 'network', /a web page came in place of AWS’s answer/],
    ['redirect', 'network', /a web page came in place of AWS’s answer/],
    ['html', 'unavailable', /something other than AWS answered with an error page/],
    ['serverError', 'unavailable', /AWS has a problem of its own/],
  ] as const)('as with %s, a submission says so and leaves nothing', async (kind, error, words) => {
    const before = await submissions.inS3();
    const job = await jobs.prepare('workdir: .\nrun: echo');
    await writeFile(join(job.baseFolder, 'a.txt'), job.id);
    submissions.aws.faults.begin({ kind, of: ({ service }) => service === 's3' || service === 'sagemaker' });
    expect(await submissions.outcome(job, before)).toMatchObject({
      kind: error,
      message: expect.stringMatching(words) as string,
    });
  });
});

test('a clock that is 20 minutes off is put right by AWS’s own answer: the job runs', async () => {
  submissions.aws.faults.begin({ kind: 'skew', ms: 20 * 60_000 });
  const job = await jobs.run('run: echo ran');
  expect(job.end.state).toBe('succeeded');
  expect((await jobs.log(job)).toString()).toBe('ran\n');
});

test(
  'a job that SageMaker does not know for a while after it made it is not lost',
  { timeout: 60_000 },
  async () => {
    submissions.aws.trainingJobs.lateMs = 600_000;
    try {
      const job = await jobs.prepare('run: echo');
      await job.submit();
      await expect(jobs.facet.status(job.id, job.folder, never)).rejects.toMatchObject({
        kind: 'unavailable',
      });
      expect(await jobs.facet.settle(job.id, job.folder, never)).toBe(true);
      submissions.aws.trainingJobs.lateMs = 0;
      expect((await jobs.end(job)).state).toBe('succeeded');
    } finally {
      submissions.aws.trainingJobs.lateMs = 0;
    }
  },
);

test(
  'an answer that was lost and a job that SageMaker does not know yet make one job',
  { timeout: 30_000 },
  async () => {
    submissions.aws.trainingJobs.lateMs = 1500;
    submissions.aws.faults.begin({
      kind: 'lost',
      of: ({ operation }) => operation === 'CreateTrainingJob',
      times: 4,
    });
    try {
      const job = await jobs.prepare('run: echo');
      const result: unknown = await job.submit().catch((error: unknown) => error);
      submissions.aws.faults.end();
      expect(await jobs.facet.settle(job.id, job.folder, never)).toBe(true);
      expect(result).toBeUndefined();
      expect(submissions.aws.trainingJobs.names().filter((name) => name === job.id)).toEqual([job.id]);
    } finally {
      submissions.aws.trainingJobs.lateMs = 0;
    }
  },
);

describe('keys that expire', () => {
  const expired = (of: Fault['of']) => submissions.aws.faults.begin({ kind: 'expired', ...(of && { of }) });

  test('in the middle of an upload in parts, leave no parts once there are new ones', async () => {
    const before = await submissions.inS3();
    const job = await jobs.prepare('workdir: .\nrun: echo');
    await large(job);
    let parts = 0;
    // From the third part on, nothing works any more.
    expired(({ path }) => (path.includes('partNumber=') && (parts += 1), parts > 2));
    expect(await submissions.outcome(job, before)).toMatchObject({ kind: 'auth' });
    expect(parts).toBeGreaterThan(2);
  });

  test('between the request for a job and the first look at it, lose neither', async () => {
    const job = await jobs.prepare('run: echo');
    const end = expired(({ operation }) => operation === 'DescribeTrainingJob');
    await job.submit();
    await expect(jobs.facet.status(job.id, job.folder, never)).rejects.toMatchObject({ kind: 'auth' });
    end();
    expect((await jobs.end(job)).state).toBe('succeeded');
  });

  test(
    'in the middle of a log, which goes on where it was, lose and double nothing',
    { timeout: 30_000 },
    async () => {
      const job = await jobs.prepare('run: for i in $(seq 1 60); do echo line $i; sleep 0.05; done');
      await job.submit();
      let text = '';
      let position: string | undefined;
      let broken = 0;
      let end: (() => void) | undefined;
      for (;;) {
        try {
          for await (const chunk of jobs.facet.logs(
            job.id,
            job.folder,
            { node: 0, channel: 'log' },
            position,
            never,
          )) {
            text += Buffer.from(chunk.bytes).toString();
            position = chunk.next;
            if (end === undefined && text.includes('line 5'))
              end = expired(({ service }) => service === 'logs' || service === 'sagemaker');
          }
          break;
        } catch (error) {
          expect(error).toMatchObject({ kind: 'auth' });
          broken += 1;
          end?.();
        }
      }
      expect(broken).toBeGreaterThan(0);
      expect(text).toBe(Array.from({ length: 60 }, (_, index) => `line ${index + 1}\n`).join(''));
    },
  );
});

describe('an upload in parts', () => {
  const isPart = ({ path }: { readonly path: string }) => path.includes('partNumber=');

  test('bears a network that is cut for a moment', { timeout: 30_000 }, async () => {
    const job = await jobs.prepare('workdir: .\nrun: test $(wc -c <large) = 35651584');
    await large(job);
    submissions.aws.faults.begin({ kind: 'reset', of: isPart, times: 3 });
    submissions.aws.faults.begin({ kind: 'lost', of: isPart, times: 2 });
    await job.submit();
    expect((await jobs.end(job)).state).toBe('succeeded');
    expect((await submissions.inS3()).filter((key) => key.startsWith('parts of'))).toEqual([]);
  });

  test('leaves no parts where the network stays cut', async () => {
    const before = await submissions.inS3();
    const job = await jobs.prepare('workdir: .\nrun: echo');
    await large(job);
    submissions.aws.faults.begin({ kind: 'reset', of: isPart });
    expect(await submissions.outcome(job, before)).toMatchObject({ kind: 'network' });
  });

  test(
    'is whole where the answers to its first and its last request are lost',
    { timeout: 30_000 },
    async () => {
      const job = await jobs.prepare('workdir: .\nrun: test $(wc -c <large) = 35651584');
      await large(job);
      submissions.aws.faults.begin({
        kind: 'lost',
        of: ({ method, path }) => method === 'POST' && path.includes('uploadId='),
        times: 1,
      });
      submissions.aws.faults.begin({
        kind: 'lost',
        of: ({ method, path }) => method === 'POST' && path.includes('?uploads'),
        times: 1,
      });
      await job.submit();
      expect((await jobs.end(job)).state).toBe('succeeded');
      expect((await submissions.inS3()).filter((key) => key.startsWith('parts of'))).toEqual([]);
    },
  );

  test('of a file of 6 GB is cancelled in the middle and leaves nothing', { timeout: 60_000 }, async () => {
    const before = await submissions.inS3();
    const job = await jobs.prepare('workdir: .\nrun: echo');
    const file = await open(join(job.baseFolder, 'huge'), 'w');
    // What does not shrink first, so that the parts come soon.
    await file.write(randomBytes(30 << 20));
    await file.truncate(6 * 2 ** 30);
    await file.close();
    const cancel = new AbortController();
    let parts = 0;
    submissions.aws.faults.begin({
      kind: 'delay',
      of: (request) => {
        if (isPart(request) && (parts += 1) === 3) cancel.abort();
        return false;
      },
    });
    expect(await submissions.outcome(job, before, cancel.signal)).toBeInstanceOf(CancelledError);
    expect(parts).toBeGreaterThan(2);
  });
});

test(
  'a workdir of 20,000 files goes as one pack with its progress told, and is cancelled at once',
  { timeout: 90_000 },
  async () => {
    const before = await submissions.inS3();
    const job = await jobs.prepare('workdir: .\nrun: test $(find . -type f | wc -l) -eq 20000');
    for (let folder = 0; folder < 100; folder += 1) {
      const path = join(job.baseFolder, `folder-${folder}`);
      await mkdir(path);
      await Promise.all(Array.from({ length: 200 }, (_, file) => writeFile(join(path, `${file}`), job.id)));
    }
    const [offer] = await jobs.facet.plan(job.spec, never);
    if (!offer) throw new Error('No offer');
    const approval = await agreed(job.spec, offer);
    const cancel = new AbortController();
    let cancelled = 0;
    const onProgress = (message: string) => {
      if (!/^Uploading the workdir: .* in 20000 files$/.test(message)) return;
      cancelled = performance.now();
      cancel.abort();
    };
    await expect(
      jobs.facet.submit({ ...job.submission, onProgress }, approval, cancel.signal),
    ).rejects.toBeInstanceOf(CancelledError);
    expect(performance.now() - cancelled).toBeLessThan(1000);
    expect(await jobs.facet.settle(job.id, job.folder, never)).toBe(false);
    expect(await submissions.inS3()).toEqual(before);

    const again = await jobs.prepare('workdir: .\nrun: test $(find . -type f | wc -l) -eq 20000');
    await jobs.facet.submit(again.submission, approval, never);
    expect((await jobs.end(again)).state).toBe('succeeded');
    expect((await submissions.inS3()).filter((key) => key.includes(`-${again.id}.tar.gz`))).toHaveLength(1);
  },
);
