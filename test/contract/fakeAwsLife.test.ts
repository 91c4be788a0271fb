import { ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import {
  AddTagsCommand,
  DeleteTrainingJobCommand,
  ListTagsCommand,
  ListTrainingJobsCommand,
  SageMakerClient,
  SearchCommand,
  StopTrainingJobCommand,
  type CreateTrainingJobRequest,
} from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { channel, FakeAwsJobs } from '../fakes/aws/fakeAwsJobs';
import { FakeAws } from '../fakes/aws/fakeAws';
import { testKeys } from '../fakes/aws/testAccount';
import { until } from '../fakes/until';

let aws: FakeAws;
let jobs: FakeAwsJobs;

beforeAll(async () => {
  aws = await FakeAws.start();
  jobs = await FakeAwsJobs.make(aws);
  aws.world.stopGraceSeconds = 1;
});
afterAll(() => aws.stop());

const spot = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 3600, MaxWaitTimeInSeconds: 7200 },
} as const;

test('a spot job that loses its instances starts anew where its checkpoints end, and pays less', async () => {
  await jobs.create(
    'interrupted',
    'mkdir -p $ml/checkpoints; n=$(cat $ml/checkpoints/n 2>/dev/null || echo 0); echo $((n + 1)) >$ml/checkpoints/n; echo "from $n"; [ $n = 1 ] || sleep 100',
    { ...spot, CheckpointConfig: { S3Uri: 's3://data/checkpoints' } },
  );
  await until('it has begun', async () => (await jobs.log('interrupted')).length === 1);
  aws.trainingJobs.liveJob('interrupted').interrupt();
  const job = await jobs.end('interrupted');
  expect(job.TrainingJobStatus).toBe('Completed');
  expect(job.SecondaryStatusTransitions?.map(({ Status }) => Status)).toEqual([
    ...['Starting', 'Downloading', 'Training', 'Interrupted'],
    ...['Starting', 'Downloading', 'Training', 'Uploading', 'Completed'],
  ]);
  expect(await jobs.log('interrupted')).toEqual(['algo-1 from 0', 'algo-1 from 1']);
  expect(job.BillableTimeInSeconds).toBeLessThanOrEqual(job.TrainingTimeInSeconds ?? -1);
});

test('the limits of a job end it, with the step that says which', async () => {
  aws.world.noCapacity.add('ml.p5.48xlarge');
  aws.world.secondMs = 10;
  const ResourceConfig = { InstanceType: 'ml.p5.48xlarge', InstanceCount: 1, VolumeSizeInGB: 1 } as const;
  await jobs.create('too-long', 'sleep 100', { StoppingCondition: { MaxRuntimeInSeconds: 50 } });
  const StoppingCondition = { MaxRuntimeInSeconds: 50, MaxWaitTimeInSeconds: 50 };
  await jobs.create('no-spot', 'true', { ...spot, StoppingCondition, ResourceConfig });
  await jobs.create('no-capacity', 'true', { ResourceConfig });
  aws.world.noImage.add('gone');
  const AlgorithmSpecification = { TrainingImage: 'gone', TrainingInputMode: 'File' } as const;
  await jobs.create('no-image', 'true', { AlgorithmSpecification });
  expect(await jobs.end('too-long')).toMatchObject({
    TrainingJobStatus: 'Stopped',
    SecondaryStatus: 'MaxRuntimeExceeded',
  });
  expect(await jobs.end('no-spot')).toMatchObject({
    TrainingJobStatus: 'Stopped',
    SecondaryStatus: 'MaxWaitTimeExceeded',
  });
  const capacity = await jobs.end('no-capacity');
  expect(capacity.TrainingJobStatus).toBe('Failed');
  expect(capacity.FailureReason).toContain('CapacityError');
  expect((await jobs.end('no-image')).FailureReason).toContain('Cannot pull algorithm container');
  aws.world.secondMs = 1000;
});

test('a container that is deaf to SIGTERM is killed after its grace, and a broken host is replaced where retries are left', async () => {
  await jobs.create('deaf', 'trap "" TERM; sleep 100 & wait; sleep 100');
  await until('it trains', () => aws.trainingJobs.job('deaf')?.secondary === 'Training');
  await jobs.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: 'deaf' }));
  expect(await jobs.end('deaf')).toMatchObject({ TrainingJobStatus: 'Stopped' });

  await jobs.create('broken', 'sleep 100', { RetryStrategy: { MaximumRetryAttempts: 1 } });
  for (let time = 0; time < 2; time += 1) {
    await until('it trains', () => aws.trainingJobs.job('broken')?.secondary === 'Training');
    aws.trainingJobs.liveJob('broken').breakHost();
    await until('it is broken', () => aws.trainingJobs.job('broken')?.secondary !== 'Training');
  }
  const broken = await jobs.end('broken');
  expect(broken.SecondaryStatusTransitions?.map(({ Status }) => Status)).toContain('Restarting');
  expect(broken.FailureReason).toContain('InternalServerError');
});

test('what SageMaker would not take is refused in its words', async () => {
  const { s3 } = aws.clientsOf('eu-west-1');
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const;
  await s3.send(new CreateBucketCommand({ Bucket: 'elsewhere', CreateBucketConfiguration }));
  aws.world.quotas.set('ml.g5.xlarge for training job usage', 0);
  await jobs.create('twin', 'true');
  const one = { InstanceCount: 1, VolumeSizeInGB: 1 };
  const cases: readonly (readonly [RegExp, string, Partial<CreateTrainingJobRequest>])[] = [
    [/unique within an AWS account/, 'twin', {}],
    [/Could not assume role/, 'a', { RoleArn: 'arn:aws:iam::123456789012:role/nobody' }],
    [/MaxWaitTimeInSeconds/, 'a', { ...spot, StoppingCondition: { MaxRuntimeInSeconds: 60 } }],
    [
      /'ml.g5.xlarge for training job usage' is 0/,
      'a',
      { ResourceConfig: { ...one, InstanceType: 'ml.g5.xlarge' } },
    ],
    [/enum value set/, 'a', { ResourceConfig: { ...one, InstanceType: 'ml.bogus' as 'ml.m5.large' } }],
    [/less than or equal to 512/, 'a', { Environment: { A: 'x'.repeat(513) } }],
    [/No S3 objects found/, 'a', { InputDataConfig: [channel('b', 's3://data/nothing/')] }],
    [/No S3 objects found/, 'a', { InputDataConfig: [channel('b', 's3://elsewhere/x')] }],
    [/selected region/, 'a', { OutputDataConfig: { S3OutputPath: 's3://elsewhere/' } }],
  ];
  for (const [words, name, change] of cases)
    await expect(jobs.create(name, 'true', change)).rejects.toThrow(words);
  await expect(jobs.create('-bad', 'true')).rejects.toThrow(/regular expression pattern/);
  await expect(jobs.describe('nobody')).rejects.toThrow('Requested resource not found.');
  await jobs.end('twin');
  const stop = jobs.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: 'twin' }));
  await expect(stop).rejects.toThrow(
    'The request was rejected because the training job is in status Completed.',
  );
  await jobs.sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: 'twin' }));
  await expect(jobs.describe('twin')).rejects.toThrow('Requested resource not found.');
});

test('5,000 jobs are listed in pages, each once, in order and quickly', async () => {
  for (let number = 0; number < 5000; number += 1)
    aws.trainingJobs.seed('us-west-2', jobs.request(`past-${number}`), (job) => {
      job.end(number % 10 === 0 ? 'Failed' : 'Completed', 'Completed', '');
    });
  const west = new SageMakerClient({ endpoint: aws.url, credentials: testKeys, region: 'us-west-2' });
  const names = new Set<string>();
  const from = performance.now();
  let NextToken: string | undefined;
  let pages = 0;
  do {
    const page = await west.send(
      new ListTrainingJobsCommand({
        MaxResults: 100,
        SortBy: 'CreationTime',
        SortOrder: 'Descending',
        NextToken,
      }),
    );
    for (const { TrainingJobName = '' } of page.TrainingJobSummaries ?? []) names.add(TrainingJobName);
    NextToken = page.NextToken;
    pages += 1;
  } while (NextToken !== undefined);
  expect([names.size, pages]).toEqual([5000, 50]);
  expect(performance.now() - from).toBeLessThan(30_000);
  const failed = await west.send(
    new ListTrainingJobsCommand({ StatusEquals: 'Failed', NameContains: 'past-10', MaxResults: 2 }),
  );
  expect(failed.TrainingJobSummaries?.map(({ TrainingJobName }) => TrainingJobName)).toEqual([
    'past-10',
    'past-100',
  ]);
});

test('tags are kept, changed and searched for', async () => {
  await jobs.create('tagged', 'true', { Tags: [{ Key: 'trainyard:job', Value: 'tagged' }] });
  const { TrainingJobArn } = await jobs.end('tagged');
  const { sagemaker } = jobs;
  await sagemaker.send(
    new AddTagsCommand({ ResourceArn: TrainingJobArn, Tags: [{ Key: 'team', Value: 'a' }] }),
  );
  const { Tags } = await sagemaker.send(new ListTagsCommand({ ResourceArn: TrainingJobArn }));
  expect(Tags).toEqual([
    { Key: 'trainyard:job', Value: 'tagged' },
    { Key: 'team', Value: 'a' },
  ]);
  const Filters = [{ Name: 'Tags.trainyard:job', Operator: 'Exists' } as const];
  const found = await sagemaker.send(
    new SearchCommand({ Resource: 'TrainingJob', SearchExpression: { Filters } }),
  );
  expect(found.Results?.map(({ TrainingJob }) => TrainingJob?.TrainingJobName)).toEqual(['tagged']);
});

test('the load of each host is in CloudWatch', async () => {
  aws.world.metricsMs = 50;
  const ResourceConfig = { InstanceType: 'ml.g4dn.xlarge', InstanceCount: 1, VolumeSizeInGB: 1 } as const;
  await jobs.create('measured', 'sleep 100', { ResourceConfig });
  const { cloudwatch } = aws.clientsOf();
  await until('it is measured', async () => {
    const Dimensions = [{ Name: 'Host', Value: 'measured/algo-1' }];
    const asked = { Namespace: '/aws/sagemaker/TrainingJobs', MetricName: 'GPUUtilization', Dimensions };
    return ((await cloudwatch.send(new ListMetricsCommand(asked))).Metrics ?? []).length === 1;
  });
});
