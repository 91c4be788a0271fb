import { ProviderError } from '../../../core/errors';
import type { JobSpec } from '../../../core/jobSpec/jobSpec';
import type { Offer } from '../../../core/provider';
import type { Facts } from './facts';
import { quotaName, type Quotas, type QuotaUse } from './quotas';
import { keepAliveSeconds } from './times';

/**
 * Why the account’s quotas do not let an offer run, before SageMaker says so. `again`: a quota that is too small is asked for anew, as more
 * may have been granted meanwhile.
 */
export async function quotaRefusal(
  spec: JobSpec,
  { instanceType, nodes, spot, region }: Offer,
  { quotas: table }: Facts,
  quotas: Quotas,
  again: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!table || instanceType === null) return undefined;
  const uses: readonly QuotaUse[] = [
    spot ? 'spot training job' : 'training job',
    ...(keepAliveSeconds(spec, spot) > 0 ? (['training warm pool'] as const) : []),
  ];
  for (const use of uses) {
    const name = quotaName(instanceType, use);
    const quota = table[name];
    if (!quota || quota.value >= nodes) continue;
    const value = again ? await currentValue(quotas, quota, signal) : quota.value;
    if (value < nodes)
      return `The quota “${name}” is ${value}, and the job needs ${nodes}. Ask for more in Service Quotas: https://${region ?? ''}.console.aws.amazon.com/servicequotas/home/services/sagemaker/quotas/${quota.code}`;
  }
  return undefined;
}

/** What was kept, where it can’t be asked for one by one. */
async function currentValue(
  quotas: Quotas,
  quota: Parameters<Quotas['current']>[0],
  signal: AbortSignal,
): Promise<number> {
  try {
    return await quotas.current(quota, signal);
  } catch (error) {
    if (error instanceof ProviderError) return quota.value;
    throw error;
  }
}
