import type { RunInstancesRequest } from '@aws-sdk/client-ec2';
import { ProviderError } from '../../../core/errors';
import type { InstanceLaunch, LaunchSettings } from '../../../core/instance';
import { diskHourlyUsd, diskPrices } from '../prices/diskPrices';
import type { Rate } from '../prices/ec2Prices';
import { launchImage } from './launchImages';
import { launchKey } from './launchKeys';
import { launchFirewalls, launchNetworks } from './launchNetwork';
import { launchQuota } from './launchQuota';
import { isSpot, shapeRequest, templateRequest, type LaunchShape } from './launchRequest';
import { defaultVersion } from './launchTemplates';
import { acceleratorsOf, launchType } from './launchTypes';
import type { LaunchesParts } from './launches';

/** A launch with everything looked up: what it costs, what is worth knowing, and what AWS would be asked. */
export interface PlannedLaunch {
  /** `null` where a launch template names none. */
  readonly type: string | null;
  /** Such as `A10G:1`. */
  readonly gpus: string | null;
  readonly spot: boolean;
  readonly rate: Rate;
  /** Why it can't be; `undefined` where it can. */
  readonly refusal: string | undefined;
  /** Sentences. */
  readonly notes: readonly string[];
  readonly request: (token: string) => RunInstancesRequest;
}

/** Throws `ProviderError`. Makes nothing. */
export function plannedLaunch(
  parts: LaunchesParts,
  launch: InstanceLaunch,
  signal: AbortSignal,
): Promise<PlannedLaunch> {
  const { source } = launch;
  return 'template' in source
    ? fromTemplate(parts, launch, source.template, signal)
    : fromSettings(parts, launch, source.settings, signal);
}

async function fromTemplate(
  parts: LaunchesParts,
  launch: InstanceLaunch,
  template: string,
  signal: AbortSignal,
): Promise<PlannedLaunch> {
  const version = await defaultVersion(parts.account, template, signal);
  const { InstanceType: type, UserData, Placement } = version.data;
  const request = (token: string) => templateRequest(launch, template, version, token);
  const spot = isSpot(version.data);
  if (type === undefined) {
    const refusal =
      'The launch template names no instance type, so nobody knows what it would cost. Name one there.';
    const rate: Rate = { hourlyUsd: null, asOf: null, from: '' };
    return { type: null, gpus: null, spot, rate, refusal, notes: [], request };
  }
  const money = await costs(parts, type, spot, Placement?.AvailabilityZone, signal);
  const own =
    launch.maxHours !== null && UserData !== undefined && UserData !== ''
      ? 'The launch template has user data of its own, so that Trainyard can’t put the longest life there. Choose none, and arm the watchdog once it runs.'
      : undefined;
  return {
    ...money,
    refusal: own ?? money.refusal,
    notes: [...money.notes, 'Disks come on top.', ...lifeNotes(launch, spot)],
    request,
  };
}

async function fromSettings(
  parts: LaunchesParts,
  launch: InstanceLaunch,
  settings: LaunchSettings,
  signal: AbortSignal,
): Promise<PlannedLaunch> {
  const { account, kept, home } = parts;
  const { type = '', market, image: imageId = '', network: networkId, firewall: firewallId } = settings;
  const spot = market === 'spot';
  const [image, networks, key, disks] = await Promise.all([
    launchImage(account, imageId, signal),
    launchNetworks(account, type, signal),
    launchKey(settings.key, home),
    diskPrices(kept, account),
  ]);
  if (!image) throw new ProviderError('notFound', `There is no such image in ${account.region}: ${imageId}`);
  const network = networks.find(({ id }) => id === networkId);
  if (!network)
    throw new ProviderError(
      'notFound',
      `There is no such network for this type in ${account.region}: ${networkId ?? ''}`,
    );
  const [money, firewalls] = await Promise.all([
    costs(parts, type, spot, network.zone, signal),
    launchFirewalls(account, network.vpc, signal),
  ]);
  const firewall = firewalls.find(({ id }) => id === firewallId);
  const diskGb = Math.max(Number(settings.disk ?? 0) || 0, image.diskGb);
  const shape: LaunchShape = {
    type,
    spot,
    image: image.id,
    rootDevice: image.rootDevice,
    diskGb,
    key,
    ...(network.id !== 'any' && { subnet: network.id }),
    ...(firewall && { firewall: firewall.id }),
  };
  const disk = diskHourlyUsd([{ type: 'gp3', gigabytes: diskGb }], disks);
  return {
    ...money,
    notes: [
      ...money.notes,
      `Its disk of ${diskGb} GB costs ${disk === undefined ? 'extra' : `$${disk.toFixed(3)}/h on top, also while it is stopped`}.`,
      ...(key ? [] : ['Without a key Trainyard can’t attach to it unless the image lets you in.']),
      ...wayNotes(
        network.isPublic,
        firewall ? firewall.sshFrom.length > 0 : false,
        firewall?.label ?? 'default',
      ),
      ...lifeNotes(launch, spot),
    ],
    request: (token) => shapeRequest(launch, shape, token),
  };
}

type Costs = Pick<PlannedLaunch, 'type' | 'gpus' | 'spot' | 'rate' | 'refusal' | 'notes'>;

/** What the machine costs, and whether the quota has room for it. */
async function costs(
  { account, ec2, kept, prices }: LaunchesParts,
  type: string,
  spot: boolean,
  zone: string | undefined,
  signal: AbortSignal,
): Promise<Costs> {
  const found = await launchType(kept, account, type, signal);
  const [rates, spotRate, quota] = await Promise.all([
    prices.onDemand([type]),
    spot ? prices.spot(type, zone, signal) : undefined,
    launchQuota(account, found, spot, () => ec2.running(signal), signal),
  ]);
  const rate = spotRate ?? rates.get(type) ?? { hourlyUsd: null, asOf: null, from: '' };
  return {
    type,
    gpus: acceleratorsOf(found.gpus),
    spot,
    rate,
    refusal: quota.fits ? undefined : quota.note,
    notes: [
      rate.hourlyUsd === null ? 'Nobody knows its price here.' : `Price by ${rate.from}.`,
      ...(spot ? ['It is a spot instance, whose price changes, and which AWS may take away.'] : []),
      ...(quota.note === '' ? [] : [quota.note]),
    ],
  };
}

function wayNotes(isPublic: boolean, isOpen: boolean, firewall: string): readonly string[] {
  if (!isPublic)
    return ['It gets no public address: it is reached through AWS Systems Manager, or by a way of your own.'];
  return isOpen
    ? []
    : [
        `The security group ${firewall} lets no SSH in from outside, so it can’t be attached to: add a rule for port 22 and your address.`,
      ];
}

function lifeNotes({ maxHours }: InstanceLaunch, spot: boolean): readonly string[] {
  return [
    maxHours === null
      ? 'Nothing stops it by itself before its watchdog is armed.'
      : `It powers itself off ${maxHours} h after its first start${spot ? ', which deletes it' : ''}; later starts have no such limit.`,
  ];
}
