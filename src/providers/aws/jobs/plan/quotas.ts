import { ProviderError } from '../../../../core/errors';
import type { AwsAccount } from '../../account/account';
import { inTime, longestAnswer, type KeptAnswers } from '../../prices/keptAnswers';

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

/** A quota that looked too small, and an AWS that did not answer, are asked again after so long, in milliseconds. */
const rest = 60_000;

/** The training quotas of an account's region. */
export class Quotas {
  private asking: Promise<QuotaTable> | undefined;
  /** AWS did not answer: plans are made at each pause in typing, and must not wait for it each time. */
  private silence: { readonly at: number; readonly error: Error } | undefined;
  private readonly recent = new Map<string, { readonly at: number; readonly value: number }>();

  constructor(
    private readonly account: AwsAccount,
    private readonly kept: KeptAnswers,
    private readonly now: () => number,
  ) {}

  /** All of them, kept for a day. Throws `ProviderError`. */
  table(): Promise<QuotaTable> {
    if (this.silence && this.now() - this.silence.at < rest) return Promise.reject(this.silence.error);
    return (this.asking ??= this.ask().finally(() => {
      this.asking = undefined;
    }));
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

  private async ask(): Promise<QuotaTable> {
    try {
      // Of no one plan: the next one wants the answer too.
      const id = await this.account.accountId(AbortSignal.timeout(longestAnswer));
      const key = `quotas-${id}-${this.account.region}`;
      const { value } = await this.kept.get(key, isTable, (own) => askAll(this.account, own));
      this.silence = undefined;
      return value;
    } catch (error) {
      const failure = inTime(error);
      if (failure instanceof ProviderError && failure.kind === 'network')
        this.silence = { at: this.now(), error: failure };
      throw failure;
    }
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
