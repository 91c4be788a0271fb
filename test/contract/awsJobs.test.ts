import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ListMultipartUploadsCommand, ListObjectsV2Command, GetObjectCommand } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from 'vitest';
import { CancelledError } from '../../src/core/errors';
import { AwsTrainingJobs } from '../../src/providers/aws/jobs/trainingJobs';
import { workplace } from '../fakes/workplace';
import { until } from '../fakes/until';
import { TestAws } from './awsHarness';
import { JobsUnderTest, never } from './jobsUnderTest';

const aws = new TestAws('us-east-1');
const bucket = 'sagemaker-us-east-1-123456789012';
const jobs = new JobsUnderTest(
  aws.harness((account) => new AwsTrainingJobs(workplace({ 'trainyard.aws.endpointUrl': aws.aws.url }), account)),
);

beforeEach(() => {
  aws.aws.faults.end();
});

/** Keys in the bucket, and names of uploads in parts that nobody ended. */
async function inS3(prefix = ''): Promise<readonly string[]> {
  const { s3 } = aws.aws.clientsOf();
  try {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    return [...Contents.map(({ Key }) => Key ?? ''), ...Uploads.map(({ Key }) => `parts of ${Key ?? ''}`)];
  } catch {
    return [];
  }
}

async function text(key: string): Promise<string> {
  const { Body } = await aws.aws.clientsOf().s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return (await Body?.transformToString()) ?? '';
}

async function bytesOf(key: string): Promise<Uint8Array> {
  const { Body } = await aws.aws.clientsOf().s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return (await Body?.transformToByteArray()) ?? new Uint8Array(0);
}

test('a job is in S3 and SageMaker, and nowhere once it is removed', async () => {
  const job = await jobs.prepare(`workdir: .\nrun: cat a/one.txt\nsecrets: {KEY: hidden}`);
  await mkdir(join(job.baseFolder, 'a'));
  await writeFile(join(job.baseFolder, 'a/one.txt'), 'one');
  await job.submit();
  const keys = await inS3();
  expect(keys.filter((key) => key.startsWith(`trainyard/jobs/${job.id}/`)).map((key) => key.split('/').slice(3).join('/'))).toEqual(
    expect.arrayContaining(['code.manifest', 'input/job.tar', 'input/sagemaker.sh', 'input/secrets']),
  );
  expect((await jobs.end(job)).state).toBe('succeeded');
  expect(await inS3(`trainyard/jobs/${job.id}/input/secrets`)).toEqual([]);
  await jobs.facet.remove?.(job.id, job.folder, never);
  expect(await inS3(`trainyard/jobs/`)).toEqual([]);
});
