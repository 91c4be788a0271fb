import type {
  CreateTrainingJobRequest,
  SecondaryStatus,
  Tag,
  TrainingJobStatus,
} from '@aws-sdk/client-sagemaker';

/** As on the wire: times are seconds since 1970, with a fraction. */
export interface Transition {
  readonly Status: SecondaryStatus;
  readonly StartTime: number;
  EndTime?: number;
  StatusMessage: string;
}

/** A training job as SageMaker keeps it. */
export class JobRecord {
  status: TrainingJobStatus = 'InProgress';
  readonly transitions: Transition[] = [];
  modified: number;
  started: number | undefined;
  ended: number | undefined;
  /** SageMaker's seconds (`World.secondMs`) of all its starts together, without what lies between. */
  trainedSeconds = 0;
  failure: string | undefined;
  model: string | undefined;
  tags: Tag[];
  deleted = false;

  constructor(
    readonly region: string,
    readonly request: CreateTrainingJobRequest,
    readonly created = seconds(),
  ) {
    this.modified = created;
    this.tags = [...(request.Tags ?? [])];
    this.enter('Starting', 'Starting the training job');
  }

  get name(): string {
    return this.request.TrainingJobName ?? '';
  }

  get arn(): string {
    return `arn:aws:sagemaker:${this.region}:123456789012:training-job/${this.name}`;
  }

  get secondary(): SecondaryStatus {
    return this.transitions.at(-1)?.Status ?? 'Starting';
  }

  get hasEnded(): boolean {
    return this.ended !== undefined;
  }

  /** The next step of its life. A step that is entered again with other words is told as the same one. */
  enter(status: SecondaryStatus, message: string): void {
    const now = seconds();
    const last = this.transitions.at(-1);
    this.modified = now;
    if (last?.Status === status) {
      last.StatusMessage = message;
      return;
    }
    if (last) last.EndTime = now;
    this.transitions.push({ Status: status, StartTime: now, StatusMessage: message });
  }

  end(status: TrainingJobStatus, secondary: SecondaryStatus, message: string): void {
    this.enter(secondary, message);
    const last = this.transitions.at(-1);
    if (last) last.EndTime = last.StartTime;
    this.status = status;
    this.ended = this.modified;
  }

  /** Share of the trained time that is billed; below 1 with spot instances. */
  describe(billed: number, warmPool: object | undefined): object {
    const { request } = this;
    const trained = Math.round(this.trainedSeconds);
    const over = this.hasEnded && this.started !== undefined;
    return {
      ...request,
      // They are asked for with ListTags.
      Tags: undefined,
      TrainingJobArn: this.arn,
      TrainingJobStatus: this.status,
      SecondaryStatus: this.secondary,
      SecondaryStatusTransitions: this.transitions,
      CreationTime: this.created,
      LastModifiedTime: this.modified,
      TrainingStartTime: this.started,
      TrainingEndTime: this.ended,
      FailureReason: this.failure,
      ModelArtifacts: { S3ModelArtifacts: this.model },
      EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
      EnableInterContainerTrafficEncryption: request.EnableInterContainerTrafficEncryption ?? false,
      EnableManagedSpotTraining: request.EnableManagedSpotTraining ?? false,
      ProfilingStatus: 'Disabled',
      WarmPoolStatus: warmPool,
      ...(over
        ? { TrainingTimeInSeconds: trained, BillableTimeInSeconds: Math.round(trained * billed) }
        : {}),
    };
  }

  summary(warmPool: object | undefined): object {
    return {
      TrainingJobName: this.name,
      TrainingJobArn: this.arn,
      CreationTime: this.created,
      TrainingEndTime: this.ended,
      LastModifiedTime: this.modified,
      TrainingJobStatus: this.status,
      SecondaryStatus: this.secondary,
      WarmPoolStatus: warmPool,
    };
  }
}

/** Now, as the wire has it. */
export function seconds(): number {
  return Date.now() / 1000;
}
