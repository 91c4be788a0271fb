import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fillChannel } from './channels';
import { Checkpoints } from './checkpoints';
import { Host } from './host';
import type { JobRecord } from './jobRecord';
import { LogAgent } from './logAgent';
import type { World } from './world';

export type ClusterEnd =
  | { readonly kind: 'completed' | 'interrupted' | 'broken' }
  /** The first host that failed, and what it left in /opt/ml/output/failure. */
  | { readonly kind: 'failed'; readonly code: number; readonly said: string };

/** The hosts of one start of a job. */
export class Cluster {
  hosts: readonly Host[] = [];
  private checkpoints: readonly Checkpoints[] = [];
  private lost: 'interrupted' | 'broken' | undefined;
  private hard: NodeJS.Timeout | undefined;
  private ending: number | undefined;
  private removed = false;

  constructor(
    private readonly record: JobRecord,
    private readonly world: World,
    private readonly address: () => string,
  ) {}

  private get clients() {
    return this.world.clients(this.record.region);
  }

  /** Makes the hosts and fills their folders. */
  async prepare(): Promise<void> {
    const { request } = this.record;
    const count = request.ResourceConfig?.InstanceCount ?? 1;
    const names = Array.from({ length: count }, (_, index) => `algo-${index + 1}`);
    const addresses = new Map(names.map((name) => [name, this.address()]));
    this.hosts = await Promise.all(names.map((name) => Host.make({ name, addresses })));
    const { CheckpointConfig } = request;
    if (CheckpointConfig)
      this.checkpoints = this.hosts.map((host) => new Checkpoints(this.clients.s3, CheckpointConfig, host));
    await Promise.all(this.checkpoints.map((one) => one.restore()));
    await Promise.all(
      this.hosts.map(async (host, index) => {
        await this.configure(host, names);
        for (const channel of request.InputDataConfig ?? [])
          await fillChannel(this.clients.s3, channel, host, index, count);
      }),
    );
  }

  /** Runs the containers to the end of the last one. When one fails the others are ended. */
  async run(): Promise<ClusterEnd> {
    const sending = setInterval(() => {
      // What fails is sent the next time, or at the end.
      this.sendCheckpoints().catch(() => undefined);
    }, this.world.checkpointMs);
    const failures: { readonly host: Host; readonly code: number }[] = [];
    const stamp = Date.now();
    await Promise.all(
      this.hosts.map(async (host) => {
        const code = await this.runHost(host, stamp);
        if (code !== 0) failures.push({ host, code });
        if (code !== 0 && this.ending === undefined)
          this.end(this.world.stopGraceSeconds * this.world.secondMs);
      }),
    );
    clearInterval(sending);
    clearTimeout(this.hard);
    if (!this.removed) await Promise.all(this.checkpoints.map((one) => one.send()));
    if (this.lost) return { kind: this.lost };
    const [first] = failures;
    if (!first) return { kind: 'completed' };
    const said = await readFile(join(first.host.ml, 'output/failure'), 'utf8').catch(() => '');
    return { kind: 'failed', code: first.code, said };
  }

  /** SIGTERM to each container, and SIGKILL after the grace. */
  end(graceMs: number): void {
    this.ending = graceMs;
    for (const host of this.hosts) void host.terminate();
    this.hard = setTimeout(() => {
      for (const host of this.hosts) host.kill();
    }, graceMs);
  }

  interrupt(how: 'interrupted' | 'broken' = 'interrupted'): void {
    this.lost = how;
    this.ending = 0;
    for (const host of this.hosts) host.kill();
  }

  async remove(): Promise<void> {
    this.removed = true;
    clearTimeout(this.hard);
    await Promise.all(this.hosts.map((host) => host.remove()));
  }

  private async runHost(host: Host, stamp: number): Promise<number> {
    const { AlgorithmSpecification, Environment } = this.record.request;
    const { ContainerEntrypoint = [], ContainerArguments = [] } = AlgorithmSpecification ?? {};
    const output = host.start([...ContainerEntrypoint, ...ContainerArguments], {
      ...this.world.environment,
      AWS_REGION: this.record.region,
      TRAINING_JOB_NAME: this.record.name,
      TRAINING_JOB_ARN: this.record.arn,
      ...Environment,
    });
    const stream = `${this.record.name}/${host.place.name}-${stamp}`;
    const agent = new LogAgent(this.clients.logs, stream, output, () => this.world.logMs);
    const code = await host.ended();
    await agent.done();
    return code;
  }

  /** https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html */
  private async configure(host: Host, names: readonly string[]): Promise<void> {
    const { HyperParameters = {}, InputDataConfig = [], ResourceConfig } = this.record.request;
    const put = (name: string, value: unknown) =>
      writeFile(join(host.ml, 'input/config', name), JSON.stringify(value));
    await put('hyperparameters.json', HyperParameters);
    await put('resourceconfig.json', {
      current_host: host.place.name,
      current_instance_type: ResourceConfig?.InstanceType,
      current_group_name: 'homogeneousCluster',
      hosts: names,
      instance_groups: [
        {
          instance_group_name: 'homogeneousCluster',
          instance_type: ResourceConfig?.InstanceType,
          hosts: names,
        },
      ],
      // eth0 on SageMaker; here the addresses of the hosts are on this one.
      network_interface_name: 'lo',
    });
    const channels = InputDataConfig.map(({ ChannelName = '', ContentType, InputMode, DataSource }) => [
      ChannelName,
      {
        ContentType,
        TrainingInputMode: InputMode ?? 'File',
        S3DistributionType: DataSource?.S3DataSource?.S3DataDistributionType ?? 'FullyReplicated',
        RecordWrapperType: 'None',
      },
    ]);
    await put('inputdataconfig.json', Object.fromEntries(channels));
  }

  private async sendCheckpoints(): Promise<void> {
    if (!this.removed) await Promise.all(this.checkpoints.map((one) => one.send()));
  }
}
