import type { _InstanceType, ResponseLaunchTemplateData, RunInstancesRequest } from '@aws-sdk/client-ec2';
import type { InstanceLaunch } from '../../../core/instance';
import type { LaunchKey } from './launchKeys';
import type { TemplateVersion } from './launchTemplates';

/** How a machine without a template is to be. */
export interface LaunchShape {
  readonly type: string;
  readonly spot: boolean;
  readonly image: string;
  /** Such as `/dev/sda1`. */
  readonly rootDevice: string;
  readonly diskGb: number;
  readonly key: LaunchKey;
  /** Absent: AWS chooses one of the default network. */
  readonly subnet?: string;
  readonly firewall?: string;
}

export function templateRequest(
  launch: InstanceLaunch,
  template: string,
  { data, version }: TemplateVersion,
  token: string,
): RunInstancesRequest {
  return {
    ...common(launch, isSpot(data), token),
    LaunchTemplate: { LaunchTemplateId: template, Version: version },
    ...userData(launch, undefined),
  };
}

export function shapeRequest(launch: InstanceLaunch, shape: LaunchShape, token: string): RunInstancesRequest {
  const { type, spot, image, rootDevice, diskGb, key, subnet, firewall } = shape;
  return {
    ...common(launch, spot, token),
    InstanceType: type as _InstanceType,
    ImageId: image,
    ...(key && 'pair' in key && { KeyName: key.pair }),
    ...(subnet !== undefined && { SubnetId: subnet }),
    ...(firewall !== undefined && { SecurityGroupIds: [firewall] }),
    ...(spot && { InstanceMarketOptions: { MarketType: 'spot' } }),
    BlockDeviceMappings: [
      {
        DeviceName: rootDevice,
        Ebs: { VolumeSize: diskGb, VolumeType: 'gp3', DeleteOnTermination: true },
      },
    ],
    // Its credentials are then given to nothing that a web page on it could be talked into.
    MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled' },
    ...userData(launch, key && 'publicKey' in key ? key.publicKey : undefined),
  };
}

export function isSpot({ InstanceMarketOptions }: ResponseLaunchTemplateData): boolean {
  return InstanceMarketOptions?.MarketType === 'spot';
}

function common({ name }: InstanceLaunch, spot: boolean, token: string): RunInstancesRequest {
  const tags = { Name: name, 'trainyard:launch': token, 'trainyard:version': '1' };
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    MinCount: 1,
    MaxCount: 1,
    ClientToken: token,
    // So that its own poweroff, by the cap or the watchdog, ends the bill and keeps the disk. Of a spot instance that is asked for once AWS
    // takes nothing but terminating.
    ...(!spot && { InstanceInitiatedShutdownBehavior: 'stop' }),
    TagSpecifications: [
      { ResourceType: 'instance', Tags },
      { ResourceType: 'volume', Tags },
    ],
  };
}

/** For cloud-init at the first start, before anybody signs in. What is JSON is YAML too. */
function userData({ maxHours }: InstanceLaunch, publicKey: string | undefined): { UserData?: string } {
  const lines = [
    ...(publicKey === undefined ? [] : [`ssh_authorized_keys: ${JSON.stringify([publicKey])}`]),
    ...(maxHours === null
      ? []
      : [`runcmd: ${JSON.stringify([`shutdown -h +${Math.round(maxHours * 60)}`])}`]),
  ];
  if (lines.length === 0) return {};
  return { UserData: Buffer.from(['#cloud-config', ...lines, ''].join('\n')).toString('base64') };
}
