import type { IpPermission, SecurityGroup, Subnet } from '@aws-sdk/client-ec2';
import type { AwsAccount } from '../account/account';
import { allPages } from '../account/pages';

/** A subnet, or any of the default network's. */
export interface LaunchNetwork {
  /** Of the subnet; `any`: AWS chooses one of the default network. */
  readonly id: string;
  readonly vpc: string;
  /** Such as `us-east-1a`; absent where AWS chooses. */
  readonly zone?: string;
  readonly label: string;
  readonly detail: string;
  /** Whether machines get a public address there. */
  readonly isPublic: boolean;
}

export interface LaunchFirewall {
  readonly id: string;
  readonly vpc: string;
  readonly label: string;
  readonly isDefault: boolean;
  /** From where SSH gets in, such as `0.0.0.0/0`; empty: from nowhere. */
  readonly sshFrom: readonly string[];
}

/** Where machines of a type can be: any subnet of the default network first. Throws `ProviderError`. */
export async function launchNetworks(
  account: AwsAccount,
  type: string,
  signal: AbortSignal,
): Promise<readonly LaunchNetwork[]> {
  const [subnets, zones] = await Promise.all([askSubnets(account, signal), askZones(account, type, signal)]);
  const fitting = subnets.filter(({ AvailabilityZone: zone = '' }) => zones.size === 0 || zones.has(zone));
  const usual = fitting.find(({ DefaultForAz }) => DefaultForAz === true);
  const any: readonly LaunchNetwork[] = usual
    ? [
        {
          id: 'any',
          vpc: usual.VpcId ?? '',
          label: 'Default network, any zone',
          detail: 'with a public address',
          isPublic: true,
        },
      ]
    : [];
  const open = fitting.map(networkOf).toSorted((a, b) => Number(b.isPublic) - Number(a.isPublic));
  return [...any, ...open];
}

/** The security groups of a network, those that let SSH in first. Throws `ProviderError`. */
export async function launchFirewalls(
  account: AwsAccount,
  vpc: string,
  signal: AbortSignal,
): Promise<readonly LaunchFirewall[]> {
  const groups = await allPages((token) =>
    account.ask(
      'ec2',
      'The security groups can’t be listed',
      async (sdk, client, options) => {
        const Filters = [{ Name: 'vpc-id', Values: [vpc] }];
        const page = await client.send(
          new sdk.DescribeSecurityGroupsCommand({ Filters, MaxResults: 1000, ...token }),
          options,
        );
        return [page.SecurityGroups, page.NextToken] as const;
      },
      signal,
    ),
  );
  const rank = ({ sshFrom, isDefault }: LaunchFirewall) => (sshFrom.length > 0 ? 0 : isDefault ? 1 : 2);
  return groups.map(firewallOf).toSorted((a, b) => rank(a) - rank(b) || a.label.localeCompare(b.label));
}

/** Such as `SSH from 203.0.113.0/24`. */
export function sshText({ sshFrom }: LaunchFirewall): string {
  if (sshFrom.length === 0) return 'SSH is closed';
  const [first = '', ...others] = sshFrom;
  const from = ['0.0.0.0/0', '::/0'].includes(first) ? 'anywhere' : first;
  return `SSH from ${from}${others.length > 0 ? ` and ${others.length} more` : ''}`;
}

function askSubnets(account: AwsAccount, signal: AbortSignal): Promise<readonly Subnet[]> {
  return allPages((token) =>
    account.ask(
      'ec2',
      'The subnets can’t be listed',
      async (sdk, client, options) => {
        const page = await client.send(
          new sdk.DescribeSubnetsCommand({ MaxResults: 1000, ...token }),
          options,
        );
        return [page.Subnets?.filter(({ State }) => State !== 'pending'), page.NextToken] as const;
      },
      signal,
    ),
  );
}

/** Zones that have the type; empty where AWS names none. */
async function askZones(
  account: AwsAccount,
  type: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const offered = await allPages((token) =>
    account.ask(
      'ec2',
      'Where there are machines of that type can’t be read',
      async (sdk, client, options) => {
        const page = await client.send(
          new sdk.DescribeInstanceTypeOfferingsCommand({
            LocationType: 'availability-zone',
            Filters: [{ Name: 'instance-type', Values: [type] }],
            ...token,
          }),
          options,
        );
        return [page.InstanceTypeOfferings, page.NextToken] as const;
      },
      signal,
    ),
  );
  return new Set(offered.flatMap(({ Location }) => Location ?? []));
}

function networkOf(subnet: Subnet): LaunchNetwork {
  const { SubnetId: id = '', VpcId: vpc = '', AvailabilityZone: zone = '', CidrBlock, Tags = [] } = subnet;
  const name = Tags.find(({ Key }) => Key === 'Name')?.Value;
  const isPublic = subnet.MapPublicIpOnLaunch === true;
  return {
    id,
    vpc,
    zone,
    label: name === undefined || name === '' ? id : name,
    detail: [zone, CidrBlock, vpc, isPublic ? 'with a public address' : 'no public address']
      .filter((part) => part !== undefined)
      .join(' · '),
    isPublic,
  };
}

function firewallOf(group: SecurityGroup): LaunchFirewall {
  const { GroupId: id = '', GroupName: label = id, VpcId: vpc = '', IpPermissions: rules = [] } = group;
  return { id, vpc, label, isDefault: label === 'default', sshFrom: rules.flatMap(sshSources) };
}

/** From where a rule lets SSH in. The members of the group itself are no way in from outside. */
function sshSources(rule: IpPermission): readonly string[] {
  const { IpProtocol, FromPort = 0, ToPort = 65_535 } = rule;
  const all = IpProtocol === '-1';
  if (!all && !(IpProtocol === 'tcp' && FromPort <= 22 && 22 <= ToPort)) return [];
  return [
    ...(rule.IpRanges ?? []).flatMap(({ CidrIp }) => CidrIp ?? []),
    ...(rule.Ipv6Ranges ?? []).flatMap(({ CidrIpv6 }) => CidrIpv6 ?? []),
    ...(rule.PrefixListIds ?? []).flatMap(({ PrefixListId }) => PrefixListId ?? []),
  ];
}
