import type { AwsAccount } from '../account/account';
import type { KeptAnswers } from '../prices/keptAnswers';

/** How many machines of a type may train at once in one region of an account, by the quota's name as AWS has it. */
export type QuotaTable = Readonly<Record<string, Quota>>;

export interface Quota {
  /** Such as `L-D8233C92`. */
  readonly code: string;
  readonly value: number;
}

export type QuotaUse = 'training job' | 'spot training job' | 'training warm pool';

/** Such as `ml.g5.xlarge for spot training job usage`. */
export function quotaName(type: string, use: QuotaUse): string {
  return `${type} for ${use} usage`;
}

/** A quota that looked too small is asked for again after so long, in milliseconds. */
const rest = 60_000;

/** The training quotas of an account's region. */
export class Quotas {
  private readonly recent = new Map<string, { readonly at: number; readonly value: number }>();

  constructor(
    private readonly account: AwsAccount,
    private readonly kept: KeptAnswers,
    private readonly now: () => number,
  ) {}

  /** All of them, kept for a day. Throws `ProviderError`. */
  async table(signal: AbortSignal): Promise<QuotaTable> {
    const id = await this.account.accountId(signal);
    const key = `quotas-${id}-${this.account.region}`;
    return (await this.kept.get(key, isTable, (own) => askAll(this.account, own))).value;
  }

  /** One as it is now: once more was granted, what was kept is too low. Throws `ProviderError`. */
  async current({ code, value }: Quota, signal: AbortSignal): Promise<number> {
    const known = this.recent.get(code);
    if (known && Math.abs(this.now() - known.at) < rest) return known.value;
    const answer = await this.account.ask(
      'quotas',
      'The quota can’t be read',
      (sdk, client, options) =>
        client.send(new sdk.GetServiceQuotaCommand({ ServiceCode: 'sagemaker', QuotaCode: code }), options),
      signal,
    );
    const current = answer.Quota?.Value ?? value;
    this.recent.set(code, { at: this.now(), value: current });
    return current;
  }
}

async function askAll(account: AwsAccount, signal: AbortSignal): Promise<QuotaTable> {
  // What was never changed for an account is among the defaults only.
  return { ...(await askPages(account, true, signal)), ...(await askPages(account, false, signal)) };
}

async function askPages(account: AwsAccount, defaults: boolean, signal: AbortSignal): Promise<QuotaTable> {
  const quotas: Record<string, Quota> = {};
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
      if (code !== undefined && value !== undefined && isTraining(name)) quotas[name] = { code, value };
    }
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return quotas;
}

function isTraining(name: string): boolean {
  return / for (?:(?:spot )?training job|training warm pool) usage$/.test(name);
}

function isTable(value: unknown): value is QuotaTable {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value as Record<string, Partial<Quota> | null>).every(
      (quota) => typeof quota?.code === 'string' && typeof quota.value === 'number',
    )
  );
}
