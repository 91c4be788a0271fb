import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { JobRecord, seconds } from './jobRecord';
import { DownloadFailure } from './channels';
import { Cluster } from './cluster';
import type { Host } from './host';
import { sendOutput } from './outputs';
import type { World } from './world';

type StopReason = 'stopped' | 'maxRuntime' | 'maxWait';

/** A training job that really runs: from its creation to its end, through interruptions and restarts. */
export class LiveJob {
  readonly record: JobRecord;
  /** Settles with the job's end. Never rejects. */
  readonly over: Promise<void>;
  private readonly stopping = new AbortController();
  private readonly timers = new Set<NodeJS.Timeout>();
  private cluster: Cluster | undefined;
  private restarts = 0;
  private disposed = false;

  constructor(
    region: string,
    private readonly request: CreateTrainingJobRequest,
    private readonly world: World,
    /** 127.0.0.x of the next host. */
    private readonly address: () => string,
  ) {
    this.record = new JobRecord(region, request);
    this.over = this.live().catch((error: unknown) => {
      if (this.disposed) return;
      this.fail(error instanceof DownloadFailure ? error.message : `InternalServerError: ${String(error)}`);
    });
    void this.over.then(() => {
      for (const timer of this.timers) clearTimeout(timer);
    });
  }

  /** As `StopTrainingJob`. */
  stop(why: StopReason = 'stopped'): void {
    if (this.record.hasEnded || this.isStopping()) return;
    this.record.status = 'Stopping';
    this.record.enter('Stopping', 'Stopping the training job');
    this.stopping.abort(why);
    this.cluster?.end(this.world.stopGraceSeconds * this.world.secondMs);
  }

  /** Takes the instances away, as EC2 does with spot ones. The job starts anew when there are others. */
  interrupt(): void {
    this.cluster?.interrupt();
  }

  /** Ends one host as a broken machine does. */
  breakHost(): void {
    this.cluster?.interrupt('broken');
  }

  /** Ends everything at once and removes it, whatever the job's state. */
  async dispose(): Promise<void> {
    this.disposed = true;
    this.stopping.abort('stopped');
    await this.cluster?.remove();
    await this.over;
  }

  private async live(): Promise<void> {
    const { record, request, world } = this;
    const { MaxRuntimeInSeconds = 86_400, MaxWaitTimeInSeconds } = request.StoppingCondition ?? {};
    const spot = request.EnableManagedSpotTraining === true;
    if (spot) this.after(MaxWaitTimeInSeconds ?? MaxRuntimeInSeconds, 'maxWait');
    for (;;) {
      const missing = await this.waitForInstances(spot);
      if (missing) return void this.fail(missing);
      if (this.isStopping()) {
        await this.endStopped([]);
        return;
      }
      const began = seconds();
      record.started ??= began;
      const limit = this.after(MaxRuntimeInSeconds - record.trainedSeconds, 'maxRuntime');
      record.enter('Downloading', 'Downloading input data');
      const cluster = new Cluster(record, world, this.address);
      this.cluster = cluster;
      try {
        const outcome = await this.train(cluster);
        if (outcome !== 'interrupted' && outcome !== 'broken') return;
        const retries = request.RetryStrategy?.MaximumRetryAttempts ?? 0;
        if (outcome === 'broken' && (this.restarts += 1) > retries)
          return void this.fail('InternalServerError: We encountered an internal error. Please try again.');
        if (outcome === 'interrupted') record.enter('Interrupted', 'Training job interrupted');
        else record.enter('Restarting', 'Restarting the training job');
      } finally {
        clearTimeout(limit);
        record.trainedSeconds += ((seconds() - began) * 1000) / world.secondMs;
        this.cluster = undefined;
        await cluster.remove();
      }
    }
  }

  /** Why there are none, where the job can't wait. */
  private async waitForInstances(spot: boolean): Promise<string | undefined> {
    const { record, world, request } = this;
    await this.pause(world.startMs / 2);
    if (!this.isStopping()) record.enter('Starting', 'Preparing the instances for training');
    await this.pause(world.startMs / 2);
    while (world.noCapacity.has(request.ResourceConfig?.InstanceType ?? '')) {
      if (!spot)
        return 'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.';
      if (this.isStopping()) return undefined;
      record.enter('Starting', 'Insufficient capacity error from EC2 while launching instances, retrying!');
      await this.pause(20);
    }
    return undefined;
  }

  /** All between the instances and the job's end, which it then has, or what took the instances away. */
  private async train(cluster: Cluster): Promise<'ended' | 'interrupted' | 'broken'> {
    const { record, request, world } = this;
    await this.pause(world.transferMs);
    await cluster.prepare();
    if (this.isStopping()) return this.endStopped([]);
    if (world.noImage.has(request.AlgorithmSpecification?.TrainingImage ?? '')) {
      record.enter('Training', 'Downloading the training image');
      await this.pause(world.transferMs);
      return this.fail(
        'ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect.',
      );
    }
    record.enter('Training', 'Training image download completed. Training in progress.');
    const end = await cluster.run();
    if (this.isStopping()) return this.endStopped(cluster.hosts);
    if (end.kind === 'interrupted' || end.kind === 'broken') return end.kind;
    if (end.kind === 'failed') {
      record.enter('Uploading', 'Uploading generated training model');
      await this.send(cluster.hosts, false);
      return this.fail(`AlgorithmError: ${end.said}, exit code: ${end.code}`.slice(0, 1024));
    }
    record.enter('Uploading', 'Uploading generated training model');
    await this.send(cluster.hosts, true);
    record.end('Completed', 'Completed', 'Training job completed');
    return 'ended';
  }

  private async endStopped(hosts: readonly Host[]): Promise<'ended'> {
    const { record } = this;
    if (hosts.length > 0) await this.send(hosts, true);
    const why = this.stopping.signal.reason as StopReason;
    if (why === 'maxRuntime')
      record.end(
        'Stopped',
        'MaxRuntimeExceeded',
        'Training job runtime exceeded MaxRuntimeInSeconds provided',
      );
    else if (why === 'maxWait')
      record.end(
        'Stopped',
        'MaxWaitTimeExceeded',
        'Training job wait time exceeded MaxWaitTimeInSeconds provided',
      );
    else record.end('Stopped', 'Stopped', 'Training job stopped');
    return 'ended';
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private fail(reason: string): 'ended' {
    this.record.failure = reason;
    this.record.end('Failed', 'Failed', 'Training job failed');
    return 'ended';
  }

  /** The model and the other outputs; of a job that failed only these. */
  private async send(hosts: readonly Host[], withModel: boolean): Promise<void> {
    const { record, request, world } = this;
    const { s3 } = world.clients(record.region);
    const { S3OutputPath = '', CompressionType } = request.OutputDataConfig ?? {};
    const folder = `${S3OutputPath.replace(/\/$/, '')}/${record.name}/output`;
    const asFiles = CompressionType === 'NONE';
    await this.wait(world.transferMs);
    await sendOutput(s3, hosts, '/opt/ml/output/data', `${folder}/output`, asFiles);
    if (!withModel) return;
    await sendOutput(s3, hosts, '/opt/ml/model', `${folder}/model`, asFiles);
    record.model = asFiles ? `${folder}/model/` : `${folder}/model.tar.gz`;
  }

  private after(allowedSeconds: number, why: StopReason): NodeJS.Timeout {
    const milliseconds = Math.min(allowedSeconds * this.world.secondMs, 2 ** 31 - 1);
    const timer = setTimeout(() => {
      this.stop(why);
    }, milliseconds);
    timer.unref();
    this.timers.add(timer);
    return timer;
  }

  /** Ends early with a stop. */
  private async pause(milliseconds: number): Promise<void> {
    if (this.isStopping()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.stopping.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }
}
