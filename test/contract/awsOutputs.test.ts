import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { tar, type TarEntry } from '../../src/node/tarWriter';
import { download } from '../../src/providers/aws/jobs/storage/download';
import { outputs } from '../../src/providers/aws/jobs/outputs';
import { AwsTrainingJobs } from '../../src/providers/aws/jobs/trainingJobs';
import { workplace } from '../fakes/workplace';
import { TestAws } from './awsHarness';
import { JobsUnderTest, never } from './jobsUnderTest';

const aws = new TestAws('us-east-1');
const bucket = 'sagemaker-us-east-1-123456789012';
const jobs = new JobsUnderTest(aws.harness((account) => new AwsTrainingJobs(workplace(), account)));
const s3 = () => aws.aws.clientsOf().s3;

async function size(key: string): Promise<number> {
  return (await s3().send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).ContentLength ?? 0;
}

/** Puts an archive in the place of what a job left. */
async function leave(id: string, entries: readonly TarEntry[], cut = 0): Promise<void> {
  const pieces: Uint8Array[] = [];
  for await (const piece of tar(entries)) pieces.push(piece);
  const bytes = await promisify(gzip)(Buffer.concat(pieces));
  await s3().send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: `trainyard/jobs/${id}/output/${id}/output/model.tar.gz`,
      Body: bytes.subarray(0, bytes.length - cut),
    }),
  );
  await s3().send(
    new DeleteObjectCommand({
      Bucket: bucket,
      Key: `trainyard/jobs/${id}/output/${id}/output/output.tar.gz`,
    }),
  );
}

test('what a job left is listed without reading the archive that holds it, however large that is', async () => {
  const job = await jobs.run(`num_nodes: 2
run: |
  mkdir -p model/deep; head -c 3000000 /dev/zero >'model/deep/a b é.bin'; echo x >model/x
trainyard: {outputs: {model: ./model}}`);
  const key = `trainyard/jobs/${job.id}/output/${job.id}/output/model.tar.gz`;
  const seen = aws.aws.requests.length;
  const files = [
    { path: 'deep/a b é.bin', bytes: 3_000_000 },
    { path: 'x', bytes: 2 },
  ];
  const list = await jobs.facet.outputs(job.id, job.folder, never);
  expect(list).toEqual([
    { name: 'model', files },
    { name: 'node-1/model', files },
  ]);
  const asked = aws.aws.requests.slice(seen).filter(({ path }) => path.includes(key));
  expect(asked.map(({ method }) => method)).toEqual(['HEAD']);
  // Where there is no list, as of a job that others started, the archive tells.
  await s3().send(
    new DeleteObjectCommand({ Bucket: bucket, Key: key.replace('model.tar.gz', 'output.tar.gz') }),
  );
  await rm(join(job.folder, 'outputs.json'));
  expect(await jobs.facet.outputs(job.id, job.folder, never)).toEqual(list);
  // A large one is not read for that: it comes as it is.
  await rm(join(job.folder, 'outputs.json'));
  const bytes = await size(key);
  expect(await outputs(aws.account(), job.id, job.folder, never, bytes - 1)).toEqual([
    { name: 'model.tar.gz', files: [{ path: 'model.tar.gz', bytes }] },
  ]);
  const to = join(jobs.root, 'whole');
  const place = { id: job.id, folder: job.folder, largest: bytes - 1 };
  await download(aws.account(), place, 'model.tar.gz', to, () => undefined, never);
  expect((await stat(to)).size).toBe(bytes);
  expect((await readdir(jobs.root)).filter((name) => name.includes('.part'))).toEqual([]);
});

test('an archive that leads out of its folder, or is damaged, brings nothing', async () => {
  const job = await jobs.run('run: echo x >out\ntrainyard: {outputs: {model: ./out}}');
  const to = join(jobs.root, 'here', 'model');
  const bring = () => jobs.facet.download?.(job.id, job.folder, 'model', to, () => undefined, never);
  const file = (path: string): TarEntry => ({ kind: 'text', path, text: randomBytes(50_000) });
  for (const [entries, cut, kind] of [
    [[file('model/a'), file('../escaped')], 0, 'invalid'],
    [[file('model/a'), file(join(jobs.root, 'escaped'))], 0, 'invalid'],
    [[file('model/a')], 20_000, 'unavailable'],
    [[file('another/a')], 0, 'notFound'],
  ] as const) {
    await leave(job.id, entries, cut);
    await expect(bring()).rejects.toMatchObject({ kind });
    expect(await readdir(join(jobs.root, 'here'))).toEqual([]);
  }
  await leave(job.id, [
    { kind: 'link', path: 'model/link', target: '/etc/passwd' },
    file('model/a'),
    file('other/b'),
  ]);
  expect((await jobs.facet.outputs(job.id, job.folder, never)).map(({ name }) => name)).toEqual([
    'model',
    'other',
  ]);
  await bring();
  expect(await readdir(to)).toEqual(['a']);
  await expect(bring()).rejects.toMatchObject({ kind: 'conflict' });
});
