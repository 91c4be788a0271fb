import type { Instance as Ec2Instance, InstanceStateName } from '@aws-sdk/client-ec2';
import type { Instance, InstanceState } from '../../../core/instance';
import { ec2HourlyUsd, ec2List } from '../../../core/prices/ec2Machines';
import { diskHourlyUsd, type Disk } from './diskPrice';

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
}

/** `undefined` of one that was terminated. */
export function ec2Row(found: Ec2Instance, around: Ec2Surroundings): Instance | undefined {
  const { InstanceId: id = '', InstanceType: type = '', State, LaunchTime } = found;
  const word = State?.Name;
  const state = stateOf(word);
  if (state === undefined || id === '') return undefined;
  const hourlyUsd = ec2HourlyUsd(type);
  const power = powerOf(state, found);
  const stopped = state === 'stopped' ? diskHourlyUsd(around.disks.get(id) ?? []) : undefined;
  return {
    id: `${around.connection}/${id}`,
    label: tagOf(found, 'Name') ?? id,
    state,
    hourlyUsd,
    hardware: [type, around.gpus.get(type)].filter((part) => part !== undefined).join(' · '),
    ...(LaunchTime && (state === 'running' || state === 'starting') && { runningSince: +LaunchTime }),
    ...(stopped !== undefined && around.disks.has(id) && { stoppedHourlyUsd: stopped }),
    ...(power && { power }),
    ...(state === 'running' && found.Platform !== 'Windows' ? {} : { attachable: false }),
    facts: facts(found, hourlyUsd, around),
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

function facts(
  found: Ec2Instance,
  hourlyUsd: number | null,
  { region, disks }: Ec2Surroundings,
): Instance['facts'] {
  const { InstanceId: id = '', PublicIpAddress, PrivateIpAddress, KeyName, ImageId, LaunchTime } = found;
  const { InstanceLifecycle, Placement, StateTransitionReason, StateReason } = found;
  const fact = (name: string, value: string | undefined) =>
    value === undefined || value === '' ? [] : [[name, value] as const];
  const elsewhere = region === ec2List.region ? '' : `; ${region} may differ`;
  const gigabytes = (disks.get(id) ?? []).reduce((sum, disk) => sum + disk.gigabytes, 0);
  return [
    ...fact('Instance', id),
    ...fact('Address', PublicIpAddress ?? PrivateIpAddress),
    ...fact('Private address', PublicIpAddress === undefined ? undefined : PrivateIpAddress),
    ...fact('Zone', Placement?.AvailabilityZone),
    ...fact('Image', ImageId),
    ...fact('Key pair', KeyName),
    ...fact('Started', found.State?.Name === 'running' ? LaunchTime?.toLocaleString() : undefined),
    ...fact('Disks', gigabytes > 0 ? `${gigabytes} GB, paid for also while it is stopped` : undefined),
    ...fact('Spot', InstanceLifecycle === 'spot' ? 'costs less than the price shown' : undefined),
    ...fact(
      'Price from',
      hourlyUsd === null
        ? undefined
        : `EC2’s list of ${ec2List.asOf} for ${ec2List.region}, on demand${elsewhere}`,
    ),
    ...fact('Why', found.State?.Name === 'stopped' ? (StateReason?.Message ?? StateTransitionReason) : ''),
  ];
}
