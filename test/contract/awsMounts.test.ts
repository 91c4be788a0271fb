import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeEach, expect, test } from 'vitest';
import { AwsTrainingJobs } from '../../src/providers/aws/jobs/trainingJobs';
import { workplace } from '../fakes/workplace';
import { TestAws } from './awsHarness';
import { JobsUnderTest, never } from './jobsUnderTest';

const keys = [
  'model.bin',
  'model.bin/inside',
  'model.bin2',
  'deep/dt=1/x y.csv',
  'deep/dt=1/x y.csv.old',
  'train/a.csv',
  'train/sub/b.csv',
  'train2/c.csv',
  'both/a',
  'both/a/b',
];
const aws = new TestAws('us-east-1', async (fake) => {
  const { s3 } = fake.clientsOf();
  await s3.send(new CreateBucketCommand({ Bucket: 'data-sets' }));
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket: 'data-sets', Key, Body: `${Key}\n` }));
});
const jobs = new JobsUnderTest(aws.harness((account) => new AwsTrainingJobs(workplace(), account)));

beforeEach(() => {
  aws.aws.faults.end();
});

const look = `run: |
  find -L mounts -type f -exec sh -c 'printf "%s: " "$1"; cat "$1"' - {} ';' | LC_ALL=C sort >seen
trainyard: {outputs: {seen: ./seen}}`;

async function seen(job: { readonly id: string; readonly folder: string }): Promise<string> {
  const to = join(jobs.root, `seen-${job.id}`);
  await jobs.facet.download?.(job.id, job.folder, 'seen', to, () => undefined, never);
  return readFile(to, 'utf8');
}

test('an object in S3 arrives as a file, and what lies below a prefix as a folder', async () => {
  const job = await jobs.run(`file_mounts:
  mounts/model.bin: s3://data-sets/model.bin
  mounts/of a day.csv: s3://data-sets/deep/dt=1/x y.csv
  mounts/train: s3://data-sets/train
  mounts/slash: s3://data-sets/train/
  mounts/inside: s3://data-sets/model.bin/
  mounts/fast.bin: {source: s3://data-sets/model.bin2, mode: COPY}
${look}`);
  expect(job.end.state, JSON.stringify(job.end)).toBe('succeeded');
  const text = await seen(job);
  expect(text.split('\n').filter((line) => line.includes(': '))).toEqual([
    'mounts/fast.bin: model.bin2',
    'mounts/inside/inside: model.bin/inside',
    'mounts/model.bin: model.bin',
    'mounts/of a day.csv: deep/dt=1/x y.csv',
    'mounts/slash/a.csv: train/a.csv',
    'mounts/slash/sub/b.csv: train/sub/b.csv',
    'mounts/train/a.csv: train/a.csv',
    'mounts/train/sub/b.csv: train/sub/b.csv',
  ]);
});

test('a folder with an object and others below its name is more than SageMaker can lay out, and it says so', async () => {
  const job = await jobs.run(`file_mounts: {mounts/both: s3://data-sets/both}\n${look}`);
  expect(job.end).toMatchObject({ state: 'failed', exit: { reason: /Data download failed/ } });
});

async function refusal(mount: string): Promise<unknown> {
  const job = await jobs.prepare(`run: echo\nfile_mounts: {/data/model.bin: ${mount}}`);
  const made = aws.aws.asked('CreateTrainingJob').length;
  const error = await job.submit().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error !== undefined) expect(aws.aws.asked('CreateTrainingJob')).toHaveLength(made);
  return error;
}

test('a mount whose source is not there, elsewhere or closed is named before anything is uploaded', async () => {
  await aws.aws.clientsOf('eu-west-1').s3.send(
    new CreateBucketCommand({
      Bucket: 'data-in-the-west',
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
    }),
  );
  expect(await refusal('s3://no-such-data/model.bin')).toMatchObject({
    kind: 'notFound',
    message: 'There is no bucket of that name for the mount /data/model.bin: s3://no-such-data/model.bin',
  });
  expect(await refusal('s3://data-in-the-west/model.bin')).toMatchObject({
    kind: 'invalid',
    message:
      /^The mount \/data\/model\.bin is from a bucket in eu-west-1.*: s3:\/\/data-in-the-west\/model\.bin$/,
  });
  for (const source of ['s3://data-sets/mode', 's3://data-sets/tra', 's3://data-sets/none/'])
    expect(await refusal(source)).toMatchObject({
      kind: 'notFound',
      message: `There is nothing in S3 for the mount /data/model.bin. Look at the name of its source: ${source}`,
    });
});

test('where the bucket may not be listed, an object that may be read is a file, and a folder has to end with a slash', async () => {
  const isList = ({ method, path }: { readonly method: string; readonly path: string }) =>
    /^\/data-sets\/?(?:\?|$)/.test(path) && (method === 'GET' || method === 'HEAD');
  const end = aws.aws.faults.begin({ kind: 'denied', of: isList });
  expect(await refusal('s3://data-sets/train')).toMatchObject({
    kind: 'forbidden',
    message: /^Whether the mount \/data\/model\.bin is a file or a folder.*: s3:\/\/data-sets\/train$/,
  });
  const job = await jobs.prepare(`file_mounts:
  mounts/model.bin: s3://data-sets/model.bin
  mounts/train: s3://data-sets/train/
${look}`);
  await job.submit();
  end();
  expect((await jobs.end(job)).state).toBe('succeeded');
  expect((await seen(job)).split('\n').filter((line) => line.includes(': '))).toEqual([
    'mounts/model.bin: model.bin',
    'mounts/train/a.csv: train/a.csv',
    'mounts/train/sub/b.csv: train/sub/b.csv',
  ]);
});
