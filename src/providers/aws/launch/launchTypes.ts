import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { ProviderError } from '../../../core/errors';
import type { AwsAccount } from '../account/account';
import { allPages } from '../account/pages';
import type { KeptAnswers } from '../prices/keptAnswers';

/** An EC2 type that a region has. */
export interface LaunchType {
  /** Such as `g5.xlarge`. */
  readonly name: string;
  readonly cpus: number;
  /** GiB. */
  readonly memoryGb: number;
  /** Such as `1×A10G`; empty without any. */
  readonly gpus: string;
  /** Such as `x86_64`. */
  readonly architecture: string;
  /** Whether there are spot instances of it, and any that are not. */
  readonly spot: boolean;
  readonly onDemand: boolean;
}

/** Those with GPUs, and of the others what people train on. */
const families = ['g*', 'p*', 'm7i.*', 'c7i.*', 'r7i.*', 'm6i.*', 't3.*'];

/** All of them, kept for a day. Throws `ProviderError`. */
export async function launchTypes(kept: KeptAnswers, account: AwsAccount): Promise<readonly LaunchType[]> {
  const { value } = await kept.get(`ec2-types-${account.region}`, isTypes, (signal) =>
    askTypes(account, signal),
  );
  return value;
}

/** One of them, or any other by its name. Throws `ProviderError` where the region has no such type. */
export async function launchType(
  kept: KeptAnswers,
  account: AwsAccount,
  name: string,
  signal: AbortSignal,
): Promise<LaunchType> {
  const known = (await launchTypes(kept, account)).find((type) => type.name === name);
  if (known) return known;
  const found = await account.ask(
    'ec2',
    'The EC2 type can’t be looked at',
    (sdk, client, options) =>
      // A filter, as asking for one that there is not is an error.
      client.send(
        new sdk.DescribeInstanceTypesCommand({ Filters: [{ Name: 'instance-type', Values: [name] }] }),
        options,
      ),
    signal,
  );
  const [type] = (found.InstanceTypes ?? []).filter(({ InstanceType }) => InstanceType === name);
  if (!type) throw new ProviderError('invalid', `EC2 has no such type in ${account.region}: ${name}`);
  return typeOf(type);
}

function askTypes(account: AwsAccount, signal: AbortSignal): Promise<readonly LaunchType[]> {
  const Filters = [{ Name: 'instance-type', Values: families }];
  return allPages((token) =>
    account.ask(
      'ec2',
      'The EC2 types can’t be listed',
      async (sdk, client, options) => {
        const page = await client.send(
          new sdk.DescribeInstanceTypesCommand({ Filters, MaxResults: 100, ...token }),
          options,
        );
        return [page.InstanceTypes?.map(typeOf), page.NextToken] as const;
      },
      signal,
    ),
  );
}

function typeOf(found: InstanceTypeInfo): LaunchType {
  const { InstanceType: name = '', VCpuInfo, MemoryInfo, GpuInfo, ProcessorInfo } = found;
  const uses = found.SupportedUsageClasses ?? [];
  return {
    name,
    cpus: VCpuInfo?.DefaultVCpus ?? 0,
    memoryGb: Math.round((MemoryInfo?.SizeInMiB ?? 0) / 1024),
    gpus: gpusText(GpuInfo),
    architecture: ProcessorInfo?.SupportedArchitectures?.find((one) => one !== 'i386') ?? 'x86_64',
    spot: uses.includes('spot'),
    onDemand: uses.includes('on-demand'),
  };
}

/** Such as `1×A10G`; empty without any. */
export function gpusText(info: InstanceTypeInfo['GpuInfo']): string {
  return (info?.Gpus ?? []).map(({ Count = 1, Name = 'GPU' }) => `${Count}×${Name}`).join(', ');
}

/** As offers have it: `A10G:1`. */
export function acceleratorsOf(gpus: string): string | null {
  return gpus === '' ? null : gpus.replace(/^(\d+)×(.+)$/, '$2:$1');
}

function isTypes(value: unknown): value is readonly LaunchType[] {
  return (
    Array.isArray(value) &&
    value.every((one: Partial<LaunchType> | null) => {
      return typeof one?.name === 'string' && typeof one.cpus === 'number' && typeof one.gpus === 'string';
    })
  );
}
