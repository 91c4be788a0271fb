import { GetLogEventsCommand, DescribeLogStreamsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
  StopTrainingJobCommand,
  type CreateTrainingJobRequest,
} from '@aws-sdk/client-sagemaker';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeAws } from '../fakes/aws/fakeAws';
import { testAccount, testKeys } from '../fakes/aws/testAccount';
import { logGroup } from '../fakes/aws/sagemaker/logAgent';
import { until } from '../fakes/until';

const never = new AbortController().signal;
let aws: FakeAws;
let sagemaker: SageMakerClient;

beforeAll(async () => {
  aws = await FakeAws.start();
  sagemaker = new SageMakerClient({ endpoint: aws.url, region: 'us-east-1', credentials: testKeys });
  const { s3 } = aws.clientsOf();
  await s3.send(new CreateBucketCommand({ Bucket: 'data' }));
  await s3.send(new PutObjectCommand({ Bucket: 'data', Key: 'in/deep/a.txt', Body: 'one' }));
});
afterAll(() => aws.stop());

function request(
  name: string,
  script: string,
  more: Partial<CreateTrainingJobRequest> = {},
): CreateTrainingJobRequest {
  return {
    TrainingJobName: name,
    RoleArn: aws.roleArn,
    AlgorithmSpecification: {
      TrainingImage:
        '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.5.1-cpu-py311-ubuntu22.04-sagemaker',
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['sh', '-c'],
      ContainerArguments: [script],
    },
    OutputDataConfig: { S3OutputPath: 's3://data/out' },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
    StoppingCondition: { MaxRuntimeInSeconds: 3600 },
    ...more,
  };
}

async function end(name: string) {
  return until(`${name} ends`, async () => {
    const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
    return job.TrainingEndTime ? job : undefined;
  });
}

async function log(name: string): Promise<readonly string[]> {
  const { logs } = aws.clientsOf();
  const { logStreams = [] } = await logs.send(
    new DescribeLogStreamsCommand({ logGroupName: logGroup, logStreamNamePrefix: `${name}/` }),
  );
  const lines: string[] = [];
  for (const { logStreamName = '' } of logStreams) {
    const { events = [] } = await logs.send(
      new GetLogEventsCommand({ logGroupName: logGroup, logStreamName, startFromHead: true }),
    );
    lines.push(
      ...events.map(({ message = '' }) => `${/algo-\d+/.exec(logStreamName)?.[0] ?? ''} ${message}`),
    );
  }
  return lines;
}

test('an account of the tests knows its number', async () => {
  expect(await testAccount(aws.url).accountId(never)).toBe('123456789012');
});

test('a job of two hosts really runs: its data and names are there, its lines are in the log, its model is in S3', async () => {
  const script = [
    'ml=${TRAINYARD_ML:-/opt/ml}',
    'cat $ml/input/data/train/deep/a.txt; echo; echo "$GREETING" >&2; echo to stderr >/dev/stderr',
    'me=$(sed "s/.*current_host.:.\\(algo-[0-9]\\).*/\\1/" $ml/input/config/resourceconfig.json)',
    'echo "$TRAINING_JOB_NAME on $me"; echo $me >$ml/model/$me; printf "\\377\\n"',
    '[ -n "$TRAINYARD_ML" ] || getent hosts algo-2 >/dev/null || exit 9',
  ];
  await sagemaker.send(
    new CreateTrainingJobCommand(
      request('two-hosts', script.join('\n'), {
        Environment: { GREETING: 'hello' },
        ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 30 },
        InputDataConfig: [
          {
            ChannelName: 'train',
            DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://data/in' } },
          },
        ],
      }),
    ),
  );
  const job = await end('two-hosts');
  expect(job).toMatchObject({ TrainingJobStatus: 'Completed', SecondaryStatus: 'Completed' });
  expect(job.SecondaryStatusTransitions?.map(({ Status }) => Status)).toEqual([
    'Starting',
    'Downloading',
    'Training',
    'Uploading',
    'Completed',
  ]);
  const lines = await log('two-hosts');
  for (const host of ['algo-1', 'algo-2'])
    expect(lines.filter((line) => line.startsWith(host))).toEqual(
      ['one', 'hello', 'to stderr', `two-hosts on ${host}`, '\ufffd'].map((line) => `${host} ${line}`),
    );
  expect(job.ModelArtifacts?.S3ModelArtifacts).toBe('s3://data/out/two-hosts/output/model.tar.gz');
  const model = await aws
    .clientsOf()
    .s3.send(new GetObjectCommand({ Bucket: 'data', Key: 'out/two-hosts/output/model.tar.gz' }));
  const names = spawnSync('tar', ['-tz'], {
    input: await model.Body?.transformToByteArray(),
  }).stdout.toString();
  expect(names.trim().split('\n').sort()).toEqual(['algo-1', 'algo-2']);
});

test('a job that fails says how in SageMaker’s words', async () => {
  await sagemaker.send(
    new CreateTrainingJobCommand(
      request('fails', 'echo why >${TRAINYARD_ML:-/opt/ml}/output/failure; exit 3'),
    ),
  );
  expect(await end('fails')).toMatchObject({
    TrainingJobStatus: 'Failed',
    FailureReason: 'AlgorithmError: why\n, exit code: 3',
  });
});

test('a stop is heard by the container, and what it leaves is kept', async () => {
  const script =
    'trap "echo bye; exit 0" TERM; echo up >$(echo ${TRAINYARD_ML:-/opt/ml})/model/m; while :; do sleep 0.05; done';
  await sagemaker.send(new CreateTrainingJobCommand(request('stopped', script)));
  await until('it trains', () => aws.trainingJobs.job('stopped')?.secondary === 'Training');
  await sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: 'stopped' }));
  expect(await end('stopped')).toMatchObject({
    TrainingJobStatus: 'Stopped',
    SecondaryStatus: 'Stopped',
    ModelArtifacts: { S3ModelArtifacts: 's3://data/out/stopped/output/model.tar.gz' },
  });
  expect(await log('stopped')).toEqual(['algo-1 bye']);
});
