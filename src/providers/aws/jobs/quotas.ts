import type { AwsAccount } from '../account/account';
import type { KeptAnswers } from '../prices/keptAnswers';

/** How many machines of a type may train at once in one region of an account, by the quota's name as AWS has it. */
export type Quotas = Readonly<Record<string, { readonly code: string; readonly value: number }>>;

export type QuotaUse = 'training job' | 'spot training job' | 'training warm pool';

/** Such as `ml.g5.xlarge for spot training job usage`. */
export function quotaName(type: string, use: QuotaUse): string {
  return `${type} for ${use} usage`;
}

/** Of all training types, kept for a day. Throws `ProviderError`. */
export async function trainingQuotas(
  kept: KeptAnswers,
  account: AwsAccount,
  signal: AbortSignal,
): Promise<Quotas> {
  const id = await account.accountId(signal);
  const { value } = await kept.get(`quotas-${id}-${account.region}`, isQuotas, (own) => askAll(account, own));
  return value;
}

/** One quota as it is now: after a request for more, what was kept is too low. Throws `ProviderError`. */
export async function quotaNow(account: AwsAccount, code: string, signal: AbortSignal): Promise<number | undefined> {
  const { Quota: quota } = await account.ask(
    'quotas',
    'The quota can’t be read',
    (sdk, client, options) =>
      client.send(new sdk.GetServiceQuotaCommand({ ServiceCode: 'sagemaker', QuotaCode: code }), options),
    signal,
  );
  return quota?.Value;
}

async function askAll(account: AwsAccount, signal: AbortSignal): Promise<Quotas> {
  // What was never changed for an account is among the defaults only.
  return { ...(await askPages(account, true, signal)), ...(await askPages(account, false, signal)) };
}

async function askPages(account: AwsAccount, defaults: boolean, signal: AbortSignal): Promise<Quotas> {
  const quotas: Record<string, { code: string; value: number }> = {};
  let token: string | undefined;
  do {
    const page = await account.ask(
      'quotas',
      'The quotas can’t be read',
      (sdk, client, options) => {
        const input = {
          ServiceCode: 'sagemaker',
          MaxResults: 100,
          ...(token !== undefined && { NextToken: token }),
        };
        return defaults
          ? client.send(new sdk.ListAWSDefaultServiceQuotasCommand(input), options)
          : client.send(new sdk.ListServiceQuotasCommand(input), options);
      },
      signal,
    );
    for (const { QuotaName: name = '', QuotaCode: code, Value: value } of page.Quotas ?? []) {
      if (/ for (?:spot )?training (?:job|warm pool) usage$/.test(name) && code !== undefined && value !== undefined)
        quotas[name] = { code, value };
    }
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return quotas;
}

function isQuotas(value: unknown): value is Quotas {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value as Record<string, Partial<Quotas[string]> | null>).every(
      (quota) => typeof quota?.code === 'string' && typeof quota.value === 'number',
    )
  );
}
