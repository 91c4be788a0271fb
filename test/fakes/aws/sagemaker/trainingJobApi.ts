import type {
  AddTagsCommandInput,
  CreateTrainingJobRequest,
  DescribeTrainingJobRequest,
  ListTrainingJobsRequest,
  SearchRequest,
} from '@aws-sdk/client-sagemaker';
import { AwsRefusal } from '../wire/wireRequest';
import { violations } from '../wire/shapeCheck';
import { checkCreation } from './creation';
import { listJobs } from './jobList';
import { searchJobs } from './jobSearch';
import { JobRecord, seconds } from './jobRecord';
import { LiveJob } from './liveJob';
import type { World } from './world';

type Handler = (region: string, input: never) => object | Promise<object>;

/** SageMaker's operations on training jobs. */
export class TrainingJobApi {
  readonly live = new Map<string, LiveJob>();
  /** By region and name; those that run are in `live` too. */
  private readonly jobs = new Map<string, JobRecord>();
  /** Milliseconds until a new job is there for whoever reads (SageMaker's lists come late). */
  lateMs = 0;
  private hosts = 0;

  constructor(private readonly world: World) {}

  private readonly operations: Readonly<Record<string, Handler>> = {
    CreateTrainingJob: (region, input: CreateTrainingJobRequest) => this.create(region, input),
    DescribeTrainingJob: (region, { TrainingJobName }: DescribeTrainingJobRequest) => {
      const job = this.get(region, TrainingJobName);
      const spot = job.request.EnableManagedSpotTraining === true;
      return job.describe(spot ? this.world.spotBilled : 1, this.warmPool(job));
    },
    ListTrainingJobs: (region, input: ListTrainingJobsRequest) =>
      listJobs(this.visible(region), input, (job) => this.warmPool(job)),
    StopTrainingJob: (region, { TrainingJobName }: DescribeTrainingJobRequest) => {
      const job = this.get(region, TrainingJobName);
      if (job.hasEnded)
        throw invalid(`The request was rejected because the training job is in status ${job.status}.`);
      this.live.get(keyOf(region, job.name))?.stop();
      return {};
    },
    DeleteTrainingJob: (region, { TrainingJobName }: DescribeTrainingJobRequest) => {
      const job = this.get(region, TrainingJobName);
      if (!job.hasEnded)
        throw invalid(`The request was rejected because the training job is in status ${job.status}.`);
      this.jobs.delete(keyOf(region, job.name));
      this.live.delete(keyOf(region, job.name));
      return {};
    },
    AddTags: (_, { ResourceArn, Tags = [] }: AddTagsCommandInput) => {
      const job = this.byArn(ResourceArn);
      const changed = new Set(Tags.map(({ Key }) => Key));
      job.tags = [...job.tags.filter(({ Key }) => !changed.has(Key)), ...Tags];
      return { Tags: job.tags };
    },
    DeleteTags: (_, { ResourceArn, TagKeys }: { ResourceArn: string; TagKeys: string[] }) => {
      const job = this.byArn(ResourceArn);
      job.tags = job.tags.filter(({ Key }) => !TagKeys.includes(Key ?? ''));
      return {};
    },
    ListTags: (_, { ResourceArn }: { ResourceArn: string }) => ({ Tags: this.byArn(ResourceArn).tags }),
    Search: (region, input: SearchRequest) =>
      searchJobs(this.visible(region), input, (job) => ({
        ...job.describe(1, this.warmPool(job)),
        Tags: job.tags,
      })),
  };

  /** The answer, or `undefined` where the operation is not about training jobs. Throws `AwsRefusal`. */
  async ask(
    region: string,
    operation: string,
    input: Readonly<Record<string, unknown>>,
  ): Promise<object | undefined> {
    const handler = this.operations[operation];
    if (!handler) return undefined;
    if (operation === 'Search' && input.Resource !== 'TrainingJob') return undefined;
    if (operation.endsWith('Tags') && !String(input.ResourceArn).includes(':training-job/')) return undefined;
    const wrong = violations('sagemaker', operation, input);
    if (wrong.length > 0)
      throw invalid(
        `${wrong.length} validation error${wrong.length > 1 ? 's' : ''} detected: ${wrong.join('; ')}`,
      );
    return handler(region, input as never);
  }

  /** Puts in jobs of the past, or anything that does not run. */
  seed(
    region: string,
    request: CreateTrainingJobRequest,
    change?: (job: JobRecord) => void,
    created?: number,
  ): JobRecord {
    const job = new JobRecord(region, request, created);
    this.jobs.set(keyOf(region, job.name), job);
    change?.(job);
    return job;
  }

  /** Takes one away without a trace, as its own console may. */
  lose(name: string, region = 'us-east-1'): void {
    this.jobs.delete(keyOf(region, name));
  }

  job(name: string, region = 'us-east-1'): JobRecord | undefined {
    return this.jobs.get(keyOf(region, name));
  }

  /** The running or ended job that was really created. Throws where there is none. */
  liveJob(name: string, region = 'us-east-1'): LiveJob {
    const job = this.live.get(keyOf(region, name));
    if (!job) throw new Error(`No such job: ${name}`);
    return job;
  }

  /** Names of all jobs that were created and not deleted. */
  names(region = 'us-east-1'): readonly string[] {
    return [...this.jobs.values()].filter((job) => job.region === region).map((job) => job.name);
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.live.values()].map((job) => job.dispose()));
  }

  private async create(region: string, request: CreateTrainingJobRequest): Promise<object> {
    const key = keyOf(region, request.TrainingJobName ?? '');
    const refuseTwin = () => {
      const twin = this.jobs.get(key);
      if (twin)
        throw new AwsRefusal(
          'ResourceInUse',
          `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${twin.arn})`,
        );
    };
    refuseTwin();
    const inUse = (type: string) =>
      [...this.jobs.values()]
        .filter(
          (job) =>
            job.region === region && !job.hasEnded && job.request.ResourceConfig?.InstanceType === type,
        )
        .reduce((sum, job) => sum + (job.request.ResourceConfig?.InstanceCount ?? 0), 0);
    await checkCreation(this.world, region, request, inUse);
    // Another one may have come meanwhile.
    refuseTwin();
    const job = new LiveJob(
      region,
      request,
      this.world,
      () => `127.0.${1 + (this.hosts >> 8)}.${this.hosts++ & 255}`,
    );
    this.jobs.set(key, job.record);
    this.live.set(key, job);
    return { TrainingJobArn: job.record.arn };
  }

  private visible(region: string): readonly JobRecord[] {
    const before = seconds() - this.lateMs / 1000;
    return [...this.jobs.values()].filter((job) => job.region === region && job.created <= before);
  }

  private get(region: string, name = ''): JobRecord {
    const job = this.jobs.get(keyOf(region, name));
    if (!job || job.created > seconds() - this.lateMs / 1000) throw invalid('Requested resource not found.');
    return job;
  }

  private byArn(arn = ''): JobRecord {
    const [, , , region = '', , name = ''] = arn.split(/[:/]/).filter((_, index) => index !== 5);
    return this.get(region, name);
  }

  /** What a job with `KeepAlivePeriodInSeconds` keeps after its end. */
  private warmPool(job: JobRecord): object | undefined {
    const keep = job.request.ResourceConfig?.KeepAlivePeriodInSeconds;
    if (keep === undefined || keep === 0) return undefined;
    if (job.ended === undefined) return { Status: 'InUse' };
    const kept = ((seconds() - job.ended) * 1000) / this.world.secondMs;
    return {
      Status: kept < keep ? 'Available' : 'Terminated',
      ResourceRetainedBillableTimeInSeconds: Math.round(Math.min(kept, keep)),
    };
  }
}

function keyOf(region: string, name: string): string {
  return `${region} ${name}`;
}

function invalid(message: string): AwsRefusal {
  return new AwsRefusal('ValidationException', message);
}
