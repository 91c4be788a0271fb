import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { motoEnvironment } from '../../scripts/python.mjs';
import { FakeAws } from '../fakes/aws/fakeAws';
import { FakeAwsJobs } from '../fakes/aws/fakeAwsJobs';
import { awsEnvironment } from '../fakes/aws/testAccount';

let aws: FakeAws;

beforeAll(async () => {
  aws = await FakeAws.start();
  await FakeAwsJobs.make(aws);
});
afterAll(() => aws.stop());

const program = `
import boto3, json, sys
sagemaker, logs, s3 = (boto3.client(name) for name in ('sagemaker', 'logs', 's3'))
s3.put_object(Bucket='data', Key='code/run.sh', Body=b'echo from boto3; echo x >$'+b'{TRAINYARD_ML:-/opt/ml}/model/x')
sagemaker.create_training_job(
    TrainingJobName='from-boto3', RoleArn=sys.argv[1],
    AlgorithmSpecification={'TrainingImage': 'image', 'TrainingInputMode': 'File', 'ContainerEntrypoint': ['sh', '/opt/ml/input/data/code/run.sh']},
    InputDataConfig=[{'ChannelName': 'code', 'DataSource': {'S3DataSource': {'S3DataType': 'S3Prefix', 'S3Uri': 's3://data/code'}}}],
    OutputDataConfig={'S3OutputPath': 's3://data/out'},
    ResourceConfig={'InstanceType': 'ml.m5.large', 'InstanceCount': 1, 'VolumeSizeInGB': 1},
    StoppingCondition={'MaxRuntimeInSeconds': 60})
waiter = sagemaker.get_waiter('training_job_completed_or_stopped')
waiter.wait(TrainingJobName='from-boto3', WaiterConfig={'Delay': 0.1, 'MaxAttempts': 200})
job = sagemaker.describe_training_job(TrainingJobName='from-boto3')
events = logs.filter_log_events(logGroupName='/aws/sagemaker/TrainingJobs', logStreamNamePrefix='from-boto3/')['events']
listed = sagemaker.get_paginator('list_training_jobs').paginate(NameContains='boto3').build_full_result()
try:
    sagemaker.stop_training_job(TrainingJobName='from-boto3')
except sagemaker.exceptions.ClientError as error:
    refused = error.response['Error']['Code']
print(json.dumps([job['TrainingJobStatus'], [event['message'] for event in events], len(listed['TrainingJobSummaries']), refused,
    s3.head_object(Bucket='data', Key='out/from-boto3/output/model.tar.gz')['ContentLength'] > 0]))
`;

test('boto3 runs a job on it and understands all that it says', async () => {
  const python = join(motoEnvironment(), 'bin/python3');
  const env = { ...process.env, ...awsEnvironment(aws.url) };
  const { stdout } = await promisify(execFile)(python, ['-c', program, aws.roleArn], { env });
  expect(JSON.parse(stdout)).toEqual(['Completed', ['from boto3'], 1, 'ValidationException', true]);
  expect(aws.problems()).toEqual([]);
});
