import { EC2Client, DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ListServiceQuotasCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { FakeAws } from '../fakes/aws/fakeAws';
import { testKeys } from '../fakes/aws/testAccount';

let aws: FakeAws;
let config: { endpoint: string; region: string; credentials: typeof testKeys };

beforeAll(async () => {
  aws = await FakeAws.start();
  config = { endpoint: aws.url, region: 'us-east-1', credentials: testKeys };
});
beforeEach(() => {
  aws.requests.length = 0;
});
afterAll(() => aws.stop());

test('what the SDK sends, in each of the protocols, is as AWS describes it', async () => {
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'checked' }));
  const PublicAccessBlockConfiguration = { BlockPublicAcls: true, RestrictPublicBuckets: true };
  await s3.send(new PutPublicAccessBlockCommand({ Bucket: 'checked', PublicAccessBlockConfiguration }));
  await s3.send(
    new PutObjectCommand({
      Bucket: 'checked',
      Key: 'a/b c',
      Body: 'x',
      ServerSideEncryption: 'AES256',
      IfNoneMatch: '*',
    }),
  );
  const Body = Buffer.alloc(6 * 1024 * 1024);
  const whole = { Bucket: 'checked', Key: 'big' };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(whole));
  const { ETag } = await s3.send(new UploadPartCommand({ ...whole, UploadId, PartNumber: 1, Body }));
  await s3.send(
    new CompleteMultipartUploadCommand({
      ...whole,
      UploadId,
      MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] },
    }),
  );
  await s3.send(new HeadObjectCommand({ Bucket: 'checked', Key: 'a/b c' }));
  await s3.send(new GetObjectCommand({ Bucket: 'checked', Key: 'big', Range: 'bytes=0-9' }));
  await s3.send(new ListObjectsV2Command({ Bucket: 'checked', Prefix: 'a/', MaxKeys: 5 }));
  await s3.send(
    new DeleteObjectsCommand({ Bucket: 'checked', Delete: { Objects: [{ Key: 'big' }, { Key: 'a/b c' }] } }),
  );
  await new EC2Client(config).send(
    new DescribeInstancesCommand({ Filters: [{ Name: 'tag:a', Values: ['b', 'c'] }], MaxResults: 10 }),
  );
  await new IAMClient(config).send(new ListRolesCommand({ PathPrefix: '/', MaxItems: 5 }));
  await new STSClient(config).send(new GetCallerIdentityCommand({}));
  const filter = { Type: 'TERM_MATCH', Field: 'component', Value: 'Training' } as const;
  const prices = await new PricingClient(config).send(
    new GetProductsCommand({ ServiceCode: 'AmazonSageMaker', Filters: [filter], MaxResults: 1 }),
  );
  expect(prices.PriceList).toHaveLength(1);
  const quotas = await new ServiceQuotasClient(config).send(
    new ListServiceQuotasCommand({ ServiceCode: 'sagemaker', MaxResults: 3 }),
  );
  expect(quotas.Quotas?.[0]?.QuotaName).toMatch(/^ml\..* for training job usage$/);
  expect(aws.problems()).toEqual([]);
  expect(aws.requests.length).toBeGreaterThan(14);
});

test('requests that break AWS’s description are found, with what is wrong about each', async () => {
  const sign = (service: string) =>
    `AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  const json = (service: string, target: string, body: object) =>
    fetch(aws.url, {
      method: 'POST',
      headers: { authorization: sign(service), 'x-amz-target': target },
      body: JSON.stringify(body),
    });
  const form = (service: string, body: string) =>
    fetch(aws.url, {
      method: 'POST',
      headers: { authorization: sign(service), 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
  const s3 = (method: string, path: string, body?: string) =>
    fetch(aws.url + path, {
      method,
      headers: { authorization: sign('s3') },
      ...(body === undefined ? {} : { body }),
    });
  await json('sagemaker', 'SageMaker.ListTrainingJobs', { MaxResults: 101, SortBy: 'Age', Bogus: 1 });
  await json('sagemaker', 'SageMaker.CreateTrainingJob', { TrainingJobName: '-bad' });
  await json('sagemaker', 'SageMaker.StopTrainJob', {});
  await json('logs', 'Logs.FilterLogEvents', {});
  await json('logs', 'Logs_20140328.FilterLogEvents', { logGroupName: 7, startTime: 'now' });
  await form('ec2', 'Action=StartInstances&Version=2016-11-15&InstanceIds.1=i-1');
  await form('sts', 'Action=AssumeRole&Version=2011-06-15&RoleArn=short');
  await s3('GET', '/bucket?list-type=2&max-keys=many&colour=red');
  await s3('POST', '/bucket?delete', '<Delete><Object><Name>a</Name></Object></Delete>');
  const found = aws.problems();
  const wanted = [
    /ListTrainingJobs: Value '101' at 'maxResults' failed.*less than or equal to 100/,
    /ListTrainingJobs: Value 'Age' at 'sortBy' failed.*enum value set/,
    /ListTrainingJobs: Unknown member 'bogus'/,
    /CreateTrainingJob: Value '-bad' at 'trainingJobName' failed.*pattern/,
    /CreateTrainingJob: Value null at 'roleArn' failed.*must not be null/,
    /sagemaker has no operation StopTrainJob/,
    /X-Amz-Target is Logs.FilterLogEvents/,
    /FilterLogEvents: Value '7' at 'logGroupName' is of the wrong type/,
    /FilterLogEvents: Value 'now' at 'startTime' is of the wrong type/,
    /StartInstances: Unknown parameter: InstanceIds.1/,
    /StartInstances: Value null at 'instanceIds'/,
    /AssumeRole: Value null at 'roleSessionName'/,
    /AssumeRole: Value 'short' at 'roleArn' failed/,
    /ListObjectsV2: Unknown parameter: colour/,
    /ListObjectsV2: Value 'many' at 'maxKeys' is of the wrong type/,
    /DeleteObjects: Unknown member 'delete.objects.1.member.name'/,
    /DeleteObjects: Value null at 'delete.objects.1.member.key'/,
  ];
  for (const one of wanted)
    expect(
      found.filter((problem) => one.test(problem)),
      String(one),
    ).toHaveLength(1);
});
