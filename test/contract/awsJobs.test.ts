import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  GetPublicAccessBlockCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { beforeEach, expect, test } from 'vitest';
import { CancelledError, ProviderError } from '../../src/core/errors';
import { AwsTrainingJobs } from '../../src/providers/aws/jobs/trainingJobs';
import { agreed } from '../fakes/jobSpec';
import { workplace } from '../fakes/workplace';
import { TestAws } from './awsHarness';
import { JobsUnderTest, never } from './jobsUnderTest';

const aws = new TestAws('us-east-1');
const bucket = 'sagemaker-us-east-1-123456789012';
const jobs = new JobsUnderTest(aws.harness((account) => new AwsTrainingJobs(workplace(), account)));
const s3 = () => aws.aws.clientsOf().s3;

beforeEach(() => {
  aws.aws.faults.end();
});

/** Keys in the bucket, and names of uploads in parts that nobody ended. */
async function inS3(prefix = ''): Promise<readonly string[]> {
  try {
    const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    const { Uploads = [] } = await s3().send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    return [...Contents.map(({ Key }) => Key ?? ''), ...Uploads.map(({ Key }) => `parts of ${Key ?? ''}`)];
  } catch (error) {
    // The first job makes it.
    if (error instanceof Error && error.name === 'NoSuchBucket') return [];
    throw error;
  }
}

/** Those that were made for a job. */
async function packs(id: string): Promise<readonly string[]> {
  return (await inS3('trainyard/packs/')).filter((key) => key.includes(id));
}

async function size(key: string): Promise<number> {
  return (await s3().send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).ContentLength ?? 0;
}

/** What a job saw in its working directory: each file with its first 8 digits of SHA-256. */
async function seenBy(job: Awaited<ReturnType<typeof jobs.run>>): Promise<Readonly<Record<string, string>>> {
  const to = join(jobs.root, `seen-${job.id}`);
  await jobs.facet.download?.(job.id, job.folder, 'seen', to, () => undefined, never);
  const lines = (await readFile(to, 'utf8')).trim().split('\n');
  return Object.fromEntries(lines.map((line) => [line.slice(66), line.slice(0, 8)]));
}

const look = `workdir: .
run: find . -type f ! -name seen -exec sha256sum {} + >seen
trainyard: {outputs: {seen: ./seen}}`;

const digest = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex').slice(0, 8);

async function put(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

test('a job is in S3 and SageMaker, its secrets until it ends, and nothing of it once it is removed', async () => {
  const job = await jobs.prepare(`workdir: .\nrun: cat a/one.txt\nsecrets: {KEY: hidden}`);
  await put(job.baseFolder, { 'a/one.txt': 'one' });
  await job.submit();
  const own = `trainyard/jobs/${job.id}/`;
  expect((await inS3(own)).map((key) => key.slice(own.length))).toEqual([
    'code.manifest',
    'input/given.sh',
    'input/job.tar',
    'input/sagemaker.sh',
    'input/secrets',
  ]);
  for (const key of await inS3('trainyard/'))
    expect(await s3().send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).toMatchObject({
      ServerSideEncryption: 'AES256',
    });
  expect((await jobs.end(job)).state).toBe('succeeded');
  expect(await inS3(`${own}input/secrets`)).toEqual([]);
  await jobs.facet.remove?.(job.id, job.folder, never);
  expect(await inS3(own)).toEqual([]);
  // The next upload is built on it.
  expect(await packs(job.id)).toHaveLength(1);
});

test('the bucket that it makes is closed to the public and encrypted', async () => {
  const job = await jobs.run('run: echo');
  expect(job.end.state).toBe('succeeded');
  const { PublicAccessBlockConfiguration: block } = await s3().send(
    new GetPublicAccessBlockCommand({ Bucket: bucket }),
  );
  expect(Object.values(block ?? {})).toEqual([true, true, true, true]);
  const { ServerSideEncryptionConfiguration: encryption } = await s3().send(
    new GetBucketEncryptionCommand({ Bucket: bucket }),
  );
  expect(encryption?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe('AES256');
});

test('only what changed is uploaded, and the job has all of it: new, changed, gone, of another kind, and back again', async () => {
  const large = randomBytes(300_000);
  const first = await jobs.prepare(look);
  const folder = first.baseFolder;
  await put(folder, {
    'a.txt': 'a',
    'b/c.txt': 'c',
    'b/d.txt': 'd',
    'with space é.txt': 'x',
    kind: 'file',
    large,
  });
  await symlink('a.txt', join(folder, 'link'));
  await first.submit();
  expect((await jobs.end(first)).state).toBe('succeeded');
  const [base = ''] = await packs(first.id);
  expect(await size(base)).toBeGreaterThan(300_000);

  const same = await jobs.run(look);
  expect(await packs(same.id)).toEqual([]);

  await put(folder, { 'a.txt': 'changed', 'new/e.txt': 'e' });
  await rm(join(folder, 'b/c.txt'));
  await rm(join(folder, 'kind'));
  await put(folder, { 'kind/inner.txt': 'inner' });
  const changed = await jobs.run(look);
  const [more = ''] = await packs(changed.id);
  expect(await size(more)).toBeLessThan(2000);

  await rm(join(folder, 'kind'), { recursive: true });
  await put(folder, { kind: 'file again' });
  const third = await jobs.run(look);

  const always = { './b/d.txt': digest('d'), './with space é.txt': digest('x'), './large': digest(large) };
  const before = { ...always, './a.txt': digest('a'), './b/c.txt': digest('c'), './kind': digest('file') };
  expect(await seenBy({ ...first, end: same.end })).toEqual(before);
  expect(await seenBy(same)).toEqual(before);
  const after = { ...always, './a.txt': digest('changed'), './new/e.txt': digest('e') };
  expect(await seenBy(changed)).toEqual({ ...after, './kind/inner.txt': digest('inner') });
  expect(await seenBy(third)).toEqual({ ...after, './kind': digest('file again') });
});

test('where somebody emptied the bucket, all is uploaded again', async () => {
  const first = await jobs.prepare(look);
  await put(first.baseFolder, { 'a.txt': 'a', large: randomBytes(100_000) });
  await first.submit();
  await jobs.end(first);
  const [base = ''] = await packs(first.id);
  const objects = new (await import('../../src/providers/aws/jobs/storage/objects')).Objects(aws.account(), {
    bucket,
  });
  await objects.remove([base], never);
  await put(first.baseFolder, { 'a.txt': 'b' });
  const next = await jobs.run(look);
  expect(Object.keys(await seenBy(next)).sort()).toEqual(['./a.txt', './large']);
});

test('a large workdir goes in parts with progress, and arrives whole', { timeout: 60_000 }, async () => {
  const large = randomBytes(21 << 20);
  const job = await jobs.prepare(look);
  await put(job.baseFolder, { large });
  const told: string[] = [];
  const offer = (await jobs.facet.plan(job.spec, never))[0];
  if (!offer) throw new Error('No offer');
  const submission = { ...job.submission, onProgress: (message: string) => told.push(message) };
  const parts = () => aws.aws.requests.filter(({ path }) => path.includes('partNumber=')).length;
  const before = parts();
  await jobs.facet.submit(submission, await agreed(job.spec, offer), never);
  expect(parts() - before).toBe(3);
  expect(
    told.some((message) => /^Uploading the workdir: .* of 22/.test(message)),
    told.join('\n'),
  ).toBe(true);
  const end = await jobs.end(job);
  expect(await seenBy({ ...job, end })).toEqual({ './large': digest(large) });
});

test('file mounts come to lie where the job wants them', async () => {
  const place = join(jobs.root, 'absolute');
  const job = await jobs.prepare(`file_mounts: {data: ./d, "deep/one.txt": ./d/x.txt, "${place}": ./d}
run: |
  cat data/x.txt deep/one.txt ${place}/x.txt >seen
trainyard: {outputs: {seen: ./seen}}`);
  await put(job.baseFolder, { 'd/x.txt': 'x' });
  await job.submit();
  expect((await jobs.end(job)).state).toBe('succeeded');
  const to = join(jobs.root, 'seen');
  await jobs.facet.download?.(job.id, job.folder, 'seen', to, () => undefined, never);
  expect(await readFile(to, 'utf8')).toBe('xxx');
});

test('cancelled at any moment, a submit leaves no job and nothing in S3', { timeout: 60_000 }, async () => {
  const before = await inS3();
  const ends: string[] = [];
  for (let cut = 1; ; cut += 1) {
    const job = await jobs.prepare('workdir: .\nrun: echo ran\nsecrets: {KEY: hidden}');
    await put(job.baseFolder, { large: randomBytes(17 << 20) });
    const cancel = new AbortController();
    const seen = aws.aws.requests.length;
    const end = aws.aws.faults.begin({
      kind: 'delay',
      of: () => {
        if (aws.aws.requests.length - seen >= cut) cancel.abort();
        return false;
      },
    });
    const result = await job.submit(cancel.signal).then(
      () => 'submitted',
      (error: unknown) => error,
    );
    end();
    const settled = await jobs.facet.settle(job.id, job.folder, never);
    if (settled) {
      expect(result).toBe('submitted');
      await jobs.end(job);
      await jobs.facet.remove?.(job.id, job.folder, never);
    } else expect(result).toBeInstanceOf(CancelledError);
    ends.push(String(settled));
    if (!settled) expect(await inS3()).toEqual(before);
    if (settled) break;
    expect(cut).toBeLessThan(50);
  }
  expect(ends.length).toBeGreaterThan(8);
  await jobs.nothingRuns();
});

test('a bucket that is not there, in another region, or somebody else’s is said to be so', async () => {
  const west = aws.aws.clientsOf('eu-west-1').s3;
  await west.send(
    new CreateBucketCommand({
      Bucket: 'in-the-west',
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
    }),
  );
  const submit = async (name: string) => {
    const job = await jobs.prepare(`run: echo\ntrainyard: {aws: {bucket: ${name}}}`);
    return job.submit().then(
      () => undefined,
      (error: unknown) => error,
    );
  };
  expect(await submit('not-there-at-all')).toMatchObject({ kind: 'notFound', message: /not-there-at-all$/ });
  expect(await submit('in-the-west')).toMatchObject({ kind: 'invalid', message: /is in eu-west-1/ });
  expect(await submit('Not_A_Name')).toMatchObject({ kind: 'invalid', message: /Not_A_Name$/ });
  aws.aws.faults.begin({ kind: 'denied', of: ({ method }) => method === 'HEAD' });
  expect(await submit('somebody-elses')).toMatchObject({ kind: 'forbidden', message: /somebody-elses$/ });
});

test('a job whose name somebody else took in the meantime is not taken for ours', async () => {
  const job = await jobs.prepare('run: echo');
  const other = await jobs.prepare('run: sleep 1');
  await other.submit();
  await jobs.end(other);
  const submission = { ...job.submission, id: other.id };
  const offer = (await jobs.facet.plan(job.spec, never))[0];
  if (!offer) throw new Error('No offer');
  await mkdir(join(jobs.root, 'elsewhere'));
  // Of another state folder, in another bucket.
  await s3().send(new CreateBucketCommand({ Bucket: 'other-bucket' }));
  const spec = { ...job.spec, trainyard: { ...job.spec.trainyard, aws: { bucket: 'other-bucket' } } };
  await expect(
    jobs.facet.submit({ ...submission, spec }, await agreed(spec, offer), never),
  ).rejects.toMatchObject({ kind: 'conflict' });
});

test('when the answer to the request is lost, the job is found, once', async () => {
  aws.aws.faults.begin({ kind: 'lost', of: ({ operation }) => operation === 'CreateTrainingJob', times: 1 });
  const job = await jobs.run('run: echo');
  expect(job.end.state).toBe('succeeded');
  expect(await jobs.facet.settle(job.id, job.folder, never)).toBe(true);
});

test('what AWS refuses leaves nothing in S3', async () => {
  const before = await inS3();
  aws.aws.faults.begin({ kind: 'denied', of: ({ operation }) => operation === 'CreateTrainingJob' });
  const job = await jobs.prepare('workdir: .\nrun: echo');
  await put(job.baseFolder, { 'a.txt': randomBytes(9).toString('hex') });
  await expect(job.submit()).rejects.toBeInstanceOf(ProviderError);
  expect(await jobs.facet.settle(job.id, job.folder, never)).toBe(false);
  expect(await inS3()).toEqual(before);
});

test('throttled, cut off and answered with errors now and then, a job is submitted and ends all the same, once', async () => {
  // Rare enough that one call does not meet the last of its tries, in ten thousand runs.
  aws.aws.faults.begin({ kind: 'throttled', share: 0.2 });
  aws.aws.faults.begin({ kind: 'serverError', share: 0.02 });
  aws.aws.faults.begin({ kind: 'html', share: 0.02 });
  aws.aws.faults.begin({ kind: 'reset', share: 0.02 });
  const job = await jobs.prepare('workdir: .\nrun: test -e a.txt');
  await put(job.baseFolder, { 'a.txt': job.id });
  await job.submit();
  expect((await jobs.end(job)).state).toBe('succeeded');
});

test('where the keys expire in the middle, the submission fails, and is settled once there are new ones', async () => {
  const before = await inS3();
  const seen = aws.aws.requests.length;
  const end = aws.aws.faults.begin({ kind: 'expired', of: () => aws.aws.requests.length - seen > 4 });
  const job = await jobs.prepare('workdir: .\nrun: echo');
  await put(job.baseFolder, { 'a.txt': job.id });
  await expect(job.submit()).rejects.toMatchObject({ kind: 'auth' });
  await expect(jobs.facet.settle(job.id, job.folder, never)).rejects.toMatchObject({ kind: 'auth' });
  end();
  expect(await jobs.facet.settle(job.id, job.folder, never)).toBe(false);
  expect(await inS3()).toEqual(before);
});
