import {
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
  type Channel,
  type CreateTrainingJobRequest,
  type DescribeTrainingJobResponse,
} from '@aws-sdk/client-sagemaker';
import { until } from '../until';
import type { FakeAws } from './fakeAws';
import { logGroup } from './sagemaker/logAgent';
import type { JobRecord } from './sagemaker/jobRecord';
import { testKeys } from './testAccount';

/** Jobs of a fake that nobody of ours submitted: plain shell scripts, with the bucket `data`. */
export class FakeAwsJobs {
  private constructor(
    readonly aws: FakeAws,
    readonly sagemaker: SageMakerClient,
  ) {}

  static async make(aws: FakeAws): Promise<FakeAwsJobs> {
    await aws.clientsOf().s3.send(new CreateBucketCommand({ Bucket: 'data' }));
    const config = { endpoint: aws.url, region: 'us-east-1', credentials: testKeys, maxAttempts: 1 };
    return new FakeAwsJobs(aws, new SageMakerClient(config));
  }

  /** Runs `script` on each host; `$ml` is /opt/ml in it. */
  async create(name: string, script: string, more: Partial<CreateTrainingJobRequest> = {}): Promise<void> {
    const Body = `ml=\${TRAINYARD_ML:-/opt/ml}\n${script}\n`;
    const Key = `${name}/script.sh`;
    await this.aws.clientsOf().s3.send(new PutObjectCommand({ Bucket: 'data', Key, Body }));
    const request = this.request(name);
    const InputDataConfig = [...(request.InputDataConfig ?? []), ...(more.InputDataConfig ?? [])];
    await this.sagemaker.send(new CreateTrainingJobCommand({ ...request, ...more, InputDataConfig }));
  }

  request(name: string): CreateTrainingJobRequest {
    return {
      TrainingJobName: name,
      RoleArn: this.aws.roleArn,
      AlgorithmSpecification: {
        TrainingImage: '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.5.1-cpu-py311',
        TrainingInputMode: 'File',
        ContainerEntrypoint: ['sh', '/opt/ml/input/data/code/script.sh'],
      },
      InputDataConfig: [channel('code', `s3://data/${name}`)],
      OutputDataConfig: { S3OutputPath: 's3://data/out' },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
    };
  }

  /** So many that ended in the past, a minute apart and the last an hour ago: `past-0` is the newest. */
  seedPast(count: number): void {
    const newest = Date.now() / 1000 - 3600;
    for (let index = 0; index < count; index++) {
      const created = newest - index * 60;
      const end = (job: JobRecord) => {
        job.end('Completed', 'Completed', 'Training job completed');
        job.started = created;
        job.modified = job.ended = created + 30;
      };
      this.aws.trainingJobs.seed('us-east-1', this.request(`past-${index}`), end, created);
    }
  }

  describe(name: string): Promise<DescribeTrainingJobResponse> {
    return this.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
  }

  end(name: string): Promise<DescribeTrainingJobResponse> {
    return until(`${name} ends`, async () => {
      const job = await this.describe(name);
      return job.TrainingEndTime ? job : undefined;
    });
  }

  /** Its lines in CloudWatch, such as `algo-1 epoch 3`, stream by stream. */
  async log(name: string): Promise<readonly string[]> {
    const { logs } = this.aws.clientsOf();
    const asked = { logGroupName: logGroup, logStreamNamePrefix: `${name}/` };
    const { logStreams = [] } = await logs
      .send(new DescribeLogStreamsCommand(asked))
      .catch((error: unknown) => {
        // The region's first job makes the group once it has begun.
        if (error instanceof ResourceNotFoundException) return { logStreams: [] };
        throw error;
      });
    const lines: string[] = [];
    for (const { logStreamName = '' } of logStreams) {
      const { events = [] } = await logs.send(
        new GetLogEventsCommand({ logGroupName: logGroup, logStreamName, startFromHead: true }),
      );
      const host = /algo-\d+/.exec(logStreamName)?.[0] ?? '';
      lines.push(...events.map(({ message = '' }) => `${host} ${message}`));
    }
    return lines;
  }
}

export function channel(name: string, uri: string): Channel {
  return { ChannelName: name, DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri } } };
}
