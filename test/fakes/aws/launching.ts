import { approve, type SpendApproval } from '../../../src/core/costGuard';
import type { InstanceLaunch, Instances, LaunchSettings } from '../../../src/core/instance';
import type { Offer } from '../../../src/core/provider';
import { settledSettings } from '../../../src/core/launchSettings';
import { AwsMachines } from '../../../src/providers/aws/machines/awsMachines';
import { surroundings } from '../../../src/providers/ssh/hosts/surroundings';
import { workplace } from '../workplace';
import { testAccount } from './testAccount';

const { signal } = new AbortController();

/** The machines of `aws/us-east-1`, whose APIs are at `url`, with state and a user's files in `home`. */
export function machinesAt(url: string, home: string, region = 'us-east-1') {
  const context = { ...workplace({ 'trainyard.aws.endpointUrl': url }), home };
  const quick = async () => {
    await Promise.resolve();
  };
  const machines = new AwsMachines(context, quick, { ...surroundings(), home });
  return { machines, instances: machines.instances(testAccount(url, region)) };
}

/** Chosen as a person does who changes nothing but what is given. */
export async function chosenSettings(
  { launching }: Instances,
  chosen: LaunchSettings = { type: 'g5.xlarge' },
): Promise<LaunchSettings> {
  const questions = await launching?.questions?.(chosen, signal);
  return settledSettings(questions ?? [], chosen);
}

export async function approvedLaunch(
  instances: Instances,
  name: string,
  chosen?: LaunchSettings,
): Promise<SpendApproval<InstanceLaunch>> {
  const { launching } = instances;
  if (!launching) throw new Error('Nothing can be launched');
  const launch = { source: { settings: await chosenSettings(instances, chosen) }, name, maxHours: 8 };
  const offer = await launching.offer(launch, signal);
  const approval = await approve({}, launch, offer, () => Promise.resolve(true));
  if (!approval || 'kind' in approval)
    throw new Error(`The guard did not let it be launched: ${approval?.why ?? ''}`);
  return approval;
}

/** The same of settings that were chosen before, with nothing looked up. */
export async function agreedLaunch(
  settings: LaunchSettings,
  name: string,
): Promise<SpendApproval<InstanceLaunch>> {
  const launch = { source: { settings }, name, maxHours: 8 };
  const offer: Offer = {
    ...{ connection: 'aws/us-east-1', region: 'us-east-1', instanceType: settings.type ?? '', nodes: 1 },
    ...{ accelerators: null, spot: false, hourlyUsd: 1, pricesAsOf: null, possible: true, why: '' },
  };
  const approval = await approve({}, launch, offer, () => Promise.resolve(true));
  if (!approval || 'kind' in approval) throw new Error('The guard did not let it be launched');
  return approval;
}
