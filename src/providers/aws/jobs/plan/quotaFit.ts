import { ProviderError } from '../../../../core/errors';
import type { JobSpec } from '../../../../core/jobSpec/jobSpec';
import type { Offer } from '../../../../core/provider';
import type { Facts } from '../facts';
import { quotaName, type Quota, type Quotas, type QuotaUse } from './quotas';
import { keepAliveSeconds } from './times';

/** Whether the account’s quotas let an offer run, and one sentence about them. */
export interface QuotaFit {
  readonly fits: boolean;
  readonly note: string;
}

/**
 * Says before the submit what SageMaker would say after it. `again`: a quota that is too small is asked for anew, as more may have been
 * granted meanwhile. A quota that nobody knows is no obstacle.
 */
export async function quotaFit(
  spec: JobSpec,
  { instanceType, nodes, spot, region }: Offer,
  { quotas: table, quotaProblem }: Facts,
  quotas: Quotas,
  again: boolean,
  signal: AbortSignal,
): Promise<QuotaFit> {
  if (!table) return { fits: true, note: quotaProblem ?? '' };
  const uses: readonly QuotaUse[] = [
    ...(keepAliveSeconds(spec, spot) > 0 ? (['training warm pool'] as const) : []),
    spot ? 'spot training job' : 'training job',
  ];
  let note = 'Its quota is not known.';
  for (const use of uses) {
    const name = quotaName(instanceType ?? '', use);
    const quota = table[name];
    if (!quota) continue;
    const small = quota.value < nodes;
    const value = small && again ? await currentValue(quotas, quota, signal) : quota.value;
    if (value < nodes) return { fits: false, note: tooSmall(name, { ...quota, value }, nodes, region) };
    note = `The quota is ${value}.`;
  }
  return { fits: true, note };
}

function tooSmall(name: string, { code, value }: Quota, nodes: number, region: string | null): string {
  const page = `https://${region ?? ''}.console.aws.amazon.com/servicequotas/home/services/sagemaker/quotas/${code}`;
  return `The quota is ${value}, and the job needs ${nodes}. Ask for more “${name}” in Service Quotas: ${page}`;
}

/** What was kept, where it can’t be asked for one by one. */
async function currentValue(quotas: Quotas, quota: Quota, signal: AbortSignal): Promise<number> {
  try {
    return await quotas.current(quota, signal);
  } catch (error) {
    if (error instanceof ProviderError) return quota.value;
    throw error;
  }
}
