import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { StopTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { channel, FakeAwsJobs } from '../fakes/aws/fakeAwsJobs';
import { FakeAws } from '../fakes/aws/fakeAws';
import { testAccount } from '../fakes/aws/testAccount';
import { until } from '../fakes/until';

let aws: FakeAws;
let jobs: FakeAwsJobs;

beforeAll(async () => {
  aws = await FakeAws.start();
  jobs = await FakeAwsJobs.make(aws);
});
afterAll(() => aws.stop());

test('an account of the tests knows its number', async () => {
  expect(await testAccount(aws.url).accountId(new AbortController().signal)).toBe('123456789012');
});

test('a job of two hosts really runs: its data and names are there, its lines are in the log, its model is in S3', async () => {
  await aws.clientsOf().s3.send(new PutObjectCommand({ Bucket: 'data', Key: 'in/deep/a.txt', Body: 'one' }));
  const script = String.raw`
cat $ml/input/data/train/deep/a.txt; echo; echo "$GREETING" >&2; echo to stderr >/dev/stderr
me=$(sed 's/.*current_host.:.\(algo-[0-9]\).*/\1/' $ml/input/config/resourceconfig.json)
echo "$TRAINING_JOB_NAME on $me"; echo $me >$ml/model/$me; printf '\377\n'
[ -n "$TRAINYARD_ML" ] || getent hosts algo-2 >/dev/null || exit 9`;
  await jobs.create('two-hosts', script, {
    Environment: { GREETING: 'hello' },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 30 },
    InputDataConfig: [channel('train', 's3://data/in')],
  });
  const job = await jobs.end('two-hosts');
  expect(job).toMatchObject({ TrainingJobStatus: 'Completed', SecondaryStatus: 'Completed' });
  expect(job.SecondaryStatusTransitions?.map(({ Status }) => Status)).toEqual([
    'Starting',
    'Downloading',
    'Training',
    'Uploading',
    'Completed',
  ]);
  const lines = await jobs.log('two-hosts');
  for (const host of ['algo-1', 'algo-2'])
    expect(lines.filter((line) => line.startsWith(host))).toEqual(
      ['one', 'hello', 'to stderr', `two-hosts on ${host}`, '\ufffd'].map((line) => `${host} ${line}`),
    );
  expect(job.ModelArtifacts?.S3ModelArtifacts).toBe('s3://data/out/two-hosts/output/model.tar.gz');
  const model = await aws
    .clientsOf()
    .s3.send(new GetObjectCommand({ Bucket: 'data', Key: 'out/two-hosts/output/model.tar.gz' }));
  const listed = spawnSync('tar', ['-tz'], { input: await model.Body?.transformToByteArray() });
  expect(listed.stdout.toString().trim().split('\n').sort()).toEqual(['algo-1', 'algo-2']);
});

test('a job that fails says how in SageMaker’s words, and its other hosts are ended', async () => {
  const script = `grep -q 'current_host.:.algo-1' $ml/input/config/resourceconfig.json || { trap 'exit 0' TERM; while :; do sleep 0.05; done; }
echo why >$ml/output/failure; exit 3`;
  const ResourceConfig = { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 30 } as const;
  await jobs.create('fails', script, { ResourceConfig });
  expect(await jobs.end('fails')).toMatchObject({
    TrainingJobStatus: 'Failed',
    FailureReason: 'AlgorithmError: why\n, exit code: 3',
  });
});

test('a stop is heard by the container, and what it leaves is kept', async () => {
  await jobs.create(
    'stopped',
    'trap "echo bye; exit 0" TERM; echo up >$ml/model/m; while :; do sleep 0.05; done',
  );
  await until('it trains', () => aws.trainingJobs.job('stopped')?.secondary === 'Training');
  await jobs.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: 'stopped' }));
  expect(await jobs.end('stopped')).toMatchObject({
    TrainingJobStatus: 'Stopped',
    SecondaryStatus: 'Stopped',
    ModelArtifacts: { S3ModelArtifacts: 's3://data/out/stopped/output/model.tar.gz' },
  });
  expect(await jobs.log('stopped')).toEqual(['algo-1 bye']);
});
