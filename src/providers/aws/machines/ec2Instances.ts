import type {
  DescribeInstancesRequest,
  DescribeInstanceTypesRequest,
  Filter,
  Instance as Ec2Instance,
} from '@aws-sdk/client-ec2';
import { ProviderError } from '../../../core/errors';
import type { PowerOff } from '../../../core/instance';
import type { AwsAccount } from '../account/account';
import { allPages } from '../account/pages';
import { gpusText } from '../launch/launchTypes';
import type { Disk } from '../prices/diskPrices';

/** What EC2 says of instances, their disks, types and images. */
export class Ec2Instances {
  /** For as long as this runs: AWS changes none of it. By type such as `g5.xlarge`: `1×A10G`, empty without any. */
  private readonly gpuTexts = new Map<string, string>();
  /** By image id; empty where it is gone. */
  private readonly images = new Map<string, string>();

  constructor(private readonly account: AwsAccount) {}

  /** Those with GPUs, by their families' names, and those that Trainyard made or that somebody tagged for it. */
  async list(signal: AbortSignal): Promise<readonly Ec2Instance[]> {
    const [withGpus, tagged] = await Promise.all([
      this.describe({ Filters: [filter('instance-type', 'g*', 'p*')] }, signal),
      this.describe({ Filters: [filter('tag-key', 'trainyard:*')] }, signal),
    ]);
    const all = new Map([...withGpus, ...tagged].map((found) => [found.InstanceId, found]));
    return [...all.values()];
  }

  /** Those with a tag of that value, also such as were terminated a little while ago. */
  tagged(key: string, value: string, signal: AbortSignal): Promise<readonly Ec2Instance[]> {
    return this.describe({ Filters: [filter(`tag:${key}`, value)] }, signal);
  }

  /** All that run or are about to, of any type. */
  running(signal: AbortSignal): Promise<readonly Ec2Instance[]> {
    return this.describe({ Filters: [filter('instance-state-name', 'pending', 'running')] }, signal);
  }

  /** Throws `ProviderError` of kind `notFound`. */
  async get(id: string, signal: AbortSignal): Promise<Ec2Instance> {
    const [found] = await this.describe({ InstanceIds: [id] }, signal);
    if (!found)
      throw new ProviderError('notFound', `There is no such EC2 instance in ${this.account.region}: ${id}`);
    return found;
  }

  /** By instance id. */
  async disks(
    found: readonly Ec2Instance[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly Disk[]>> {
    const ids = found.flatMap(({ InstanceId }) => InstanceId ?? []);
    const disks = new Map<string, Disk[]>();
    // AWS takes 200 values in a filter.
    for (let from = 0; from < ids.length; from += 200) {
      const Filters = [filter('attachment.instance-id', ...ids.slice(from, from + 200))];
      const volumes = await allPages((token) =>
        this.account.ask(
          'ec2',
          'The disks of the EC2 instances can’t be listed',
          async (sdk, client, options) => {
            const page = await client.send(
              new sdk.DescribeVolumesCommand({ Filters, MaxResults: 500, ...token }),
              options,
            );
            return [page.Volumes, page.NextToken] as const;
          },
          signal,
        ),
      );
      for (const { Attachments = [], Size = 0, VolumeType = '' } of volumes)
        for (const { InstanceId = '' } of Attachments)
          disks.set(InstanceId, [...(disks.get(InstanceId) ?? []), { type: VolumeType, gigabytes: Size }]);
    }
    return disks;
  }

  /** By type; one without GPUs is absent. */
  async gpus(types: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const unknown = [...new Set(types)].filter((type) => !this.gpuTexts.has(type));
    // AWS takes 100 at once.
    for (let from = 0; from < unknown.length; from += 100) {
      const InstanceTypes = unknown.slice(from, from + 100) as DescribeTypes;
      const { InstanceTypes: found = [] } = await this.account.ask(
        'ec2',
        'The GPUs of the EC2 instances can’t be read',
        (sdk, client, options) =>
          client.send(new sdk.DescribeInstanceTypesCommand({ InstanceTypes }), options),
        signal,
      );
      for (const { InstanceType = '', GpuInfo } of found) this.gpuTexts.set(InstanceType, gpusText(GpuInfo));
    }
    return new Map(
      types.flatMap((type) => (this.gpuTexts.get(type) ? [[type, this.gpuTexts.get(type) ?? '']] : [])),
    );
  }

  /** An image's name and description; empty where it is gone, or may not be looked at. */
  async image(id: string, signal: AbortSignal): Promise<string> {
    const before = this.images.get(id);
    if (before !== undefined) return before;
    const { Images = [] } = await this.account.ask(
      'ec2',
      'The image of the EC2 instance can’t be read',
      (sdk, client, options) =>
        // A filter, as asking for an id that is gone is an error.
        client.send(new sdk.DescribeImagesCommand({ Filters: [filter('image-id', id)] }), options),
      signal,
    );
    const text = Images.map(({ Name = '', Description = '' }) => `${Name} ${Description}`).join(' ');
    this.images.set(id, text);
    return text;
  }

  async start(id: string, signal: AbortSignal): Promise<void> {
    await this.account.ask(
      'ec2',
      'The EC2 instance can’t be started',
      (sdk, client, options) => client.send(new sdk.StartInstancesCommand({ InstanceIds: [id] }), options),
      signal,
    );
  }

  async stop(id: string, signal: AbortSignal): Promise<void> {
    await this.account.ask(
      'ec2',
      'The EC2 instance can’t be stopped, and goes on costing',
      (sdk, client, options) => client.send(new sdk.StopInstancesCommand({ InstanceIds: [id] }), options),
      signal,
    );
  }

  /** What its own poweroff does to it. */
  async poweredOff(id: string, signal: AbortSignal): Promise<PowerOff | undefined> {
    const { InstanceInitiatedShutdownBehavior: found } = await this.account.ask(
      'ec2',
      'What a shutdown does to the EC2 instance can’t be read',
      (sdk, client, options) =>
        client.send(
          new sdk.DescribeInstanceAttributeCommand({
            InstanceId: id,
            Attribute: 'instanceInitiatedShutdownBehavior',
          }),
          options,
        ),
      signal,
    );
    return found?.Value === 'stop' || found?.Value === 'terminate' ? found.Value : undefined;
  }

  private async describe(
    request: DescribeInstancesRequest,
    signal: AbortSignal,
  ): Promise<readonly Ec2Instance[]> {
    // With ids AWS takes no page size.
    const size = request.InstanceIds ? {} : { MaxResults: 1000 };
    const reservations = await allPages((token) =>
      this.account.ask(
        'ec2',
        'The EC2 instances can’t be listed',
        async (sdk, client, options) => {
          const page = await client.send(
            new sdk.DescribeInstancesCommand({ ...request, ...size, ...token }),
            options,
          );
          return [page.Reservations, page.NextToken] as const;
        },
        signal,
      ),
    );
    return reservations.flatMap(({ Instances = [] }) => Instances);
  }
}

type DescribeTypes = NonNullable<DescribeInstanceTypesRequest['InstanceTypes']>;

function filter(Name: string, ...Values: string[]): Filter {
  return { Name, Values };
}
