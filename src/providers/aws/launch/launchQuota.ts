import type { Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import { ProviderError } from '../../../core/errors';
import { countText } from '../../../core/words';
import type { AwsAccount } from '../account/account';
import type { LaunchType } from './launchTypes';

/** A quota of EC2 counts the vCPUs of all machines of some families that run. */
interface Family {
  /** Of type names. */
  readonly types: RegExp;
  /** Codes of Service Quotas (https://docs.aws.amazon.com/general/latest/gr/ec2-service.html). */
  readonly onDemand: string;
  readonly spot: string;
}

const families: readonly Family[] = [
  { types: /^(?:g|gr|vt)\d/, onDemand: 'L-DB2E81BA', spot: 'L-3819A6DF' },
  { types: /^p[234]/, onDemand: 'L-417A185B', spot: 'L-7212CCBC' },
  { types: /^p5/, onDemand: 'L-417A185B', spot: 'L-C4BD4855' },
  { types: /^(?:[acdhimrtz]|im|is)\d/, onDemand: 'L-1216C47A', spot: 'L-34B43A08' },
];

export interface QuotaFit {
  readonly fits: boolean;
  /** One sentence; empty where nothing is known. */
  readonly note: string;
}

/** Whether the account's quota leaves room for one more of the type. A quota that nobody knows is no obstacle. */
export async function launchQuota(
  account: AwsAccount,
  type: Pick<LaunchType, 'name' | 'cpus'>,
  spot: boolean,
  running: () => Promise<readonly Ec2Instance[]>,
  signal: AbortSignal,
): Promise<QuotaFit> {
  const family = families.find(({ types }) => types.test(type.name));
  if (!family || type.cpus === 0) return { fits: true, note: '' };
  const code = spot ? family.spot : family.onDemand;
  try {
    const { Quota } = await account.ask(
      'quotas',
      'The quota can’t be read',
      (sdk, client, options) =>
        client.send(new sdk.GetServiceQuotaCommand({ ServiceCode: 'ec2', QuotaCode: code }), options),
      signal,
    );
    if (Quota?.Value === undefined) return { fits: true, note: '' };
    const used = cpusOf(await running(), code, spot);
    const fits = used + type.cpus <= Quota.Value;
    const name = Quota.QuotaName ?? code;
    const all = countText(Quota.Value, 'vCPU');
    if (fits) return { fits, note: `The quota is ${all}, and ${used} of them run.` };
    const page = `https://${account.region}.console.aws.amazon.com/servicequotas/home/services/ec2/quotas/${code}`;
    return {
      fits,
      note: `The quota “${name}” is ${all}, ${used === 0 ? '' : `${used} of them run, `}and it needs ${type.cpus}. Ask for more in Service Quotas: ${page}`,
    };
  } catch (error) {
    if (error instanceof ProviderError) return { fits: true, note: 'The quota is not known.' };
    throw error;
  }
}

/** vCPUs of what runs, on demand or spot, and counts against the quota of that code. */
function cpusOf(running: readonly Ec2Instance[], code: string, spot: boolean): number {
  let sum = 0;
  for (const { InstanceType: type = '', InstanceLifecycle, CpuOptions } of running) {
    const family = families.find(({ types }) => types.test(type));
    if ((InstanceLifecycle === 'spot') !== spot || (spot ? family?.spot : family?.onDemand) !== code)
      continue;
    sum += (CpuOptions?.CoreCount ?? 0) * (CpuOptions?.ThreadsPerCore ?? 1);
  }
  return sum;
}
