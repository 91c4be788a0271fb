import type { Instance as Ec2Instance, InstanceStateName } from '@aws-sdk/client-ec2';
import type { Instance, InstanceState } from '../../../core/instance';
import { diskHourlyUsd, type Disk, type DiskPrices } from '../prices/diskPrices';
import { unknownRate, type Rate } from '../prices/ec2Prices';

/** `undefined`: it is no more. */
const states: Record<InstanceStateName, InstanceState | undefined> = {
  pending: 'starting',
  running: 'running',
  stopping: 'stopping',
  'shutting-down': 'stopping',
  stopped: 'stopped',
  terminated: undefined,
};

/** What is known besides what AWS says of the instance itself. */
export interface Ec2Surroundings {
  /** Id of the connection. */
  readonly connection: string;
  readonly region: string;
  /** Such as `1×A10G`, by type; a type without any is absent. */
  readonly gpus: ReadonlyMap<string, string>;
  /** By instance id. */
  readonly disks: ReadonlyMap<string, readonly Disk[]>;
  /** What each costs while it runs, by instance id; one that is absent has no known price. */
  readonly rates: ReadonlyMap<string, Rate>;
  /** USD for a GB and month. */
  readonly diskUsd: DiskPrices;
}

/** `undefined` of one that was terminated. */
export function ec2Row(found: Ec2Instance, around: Ec2Surroundings): Instance | undefined {
  const { InstanceId: id = '', InstanceType: type = '', State, LaunchTime } = found;
  const word = State?.Name;
  const state = stateOf(word);
  if (state === undefined || id === '') return undefined;
  const rate = around.rates.get(id) ?? unknownRate;
  const power = powerOf(state, found);
  const disks = around.disks.get(id);
  const stopped = state === 'stopped' && disks ? diskHourlyUsd(disks, around.diskUsd) : undefined;
  return {
    id: `${around.connection}/${id}`,
    label: tagOf(found, 'Name') ?? id,
    state,
    hourlyUsd: rate.hourlyUsd,
    ...(rate.asOf !== null && { pricesAsOf: rate.asOf }),
    ...(found.InstanceLifecycle === 'spot' && { spot: true }),
    hardware: [type, around.gpus.get(type)].filter((part) => part !== undefined).join(' · '),
    ...(LaunchTime && (state === 'running' || state === 'starting') && { runningSince: +LaunchTime }),
    ...(stopped !== undefined && { stoppedHourlyUsd: stopped }),
    ...(power && { power }),
    ...(state === 'running' && !/windows/i.test(found.Platform ?? '') ? {} : { attachable: false }),
    facts: facts(found, rate, disks ?? []),
    removable: false,
  };
}

function stateOf(word: InstanceStateName | undefined): InstanceState | undefined {
  // A word that AWS adds is not known here.
  return word !== undefined && Object.hasOwn(states, word) ? states[word] : 'unknown';
}

export function tagOf({ Tags = [] }: Ec2Instance, key: string): string | undefined {
  const value = Tags.find((tag) => tag.Key === key)?.Value;
  return value === '' ? undefined : value;
}

function powerOf(state: InstanceState, found: Ec2Instance): Instance['power'] {
  if (state === 'stopped') return 'start';
  if (state !== 'running') return undefined;
  // Its disk is gone with it: AWS can only terminate it.
  if (found.RootDeviceType === 'instance-store') return undefined;
  return 'stop';
}

function facts(found: Ec2Instance, rate: Rate, disks: readonly Disk[]): Instance['facts'] {
  const { InstanceId: id = '', PublicIpAddress, PrivateIpAddress, KeyName, ImageId, LaunchTime } = found;
  const { InstanceLifecycle, Placement, StateTransitionReason, StateReason } = found;
  const fact = (name: string, value: string | undefined) =>
    value === undefined || value === '' ? [] : [[name, value] as const];
  const gigabytes = disks.reduce((sum, disk) => sum + disk.gigabytes, 0);
  return [
    ...fact('Instance', id),
    ...fact('Address', PublicIpAddress ?? PrivateIpAddress),
    ...fact('Private address', PublicIpAddress === undefined ? undefined : PrivateIpAddress),
    ...fact('Zone', Placement?.AvailabilityZone),
    ...fact('Image', ImageId),
    ...fact('Key pair', KeyName),
    ...fact('Started', found.State?.Name === 'running' ? LaunchTime?.toLocaleString() : undefined),
    ...fact('Disks', gigabytes > 0 ? `${gigabytes} GB, paid for also while it is stopped` : undefined),
    ...fact('Spot', InstanceLifecycle === 'spot' ? 'AWS may take it away, and its price changes' : undefined),
    ...fact('Price from', rate.from),
    ...fact('Why', found.State?.Name === 'stopped' ? (StateReason?.Message ?? StateTransitionReason) : ''),
  ];
}
