import { ProviderError, throwIfCancelled } from '../../../core/errors';
import type { AwsAccount } from '../account/account';
import type { Kept, KeptAnswers } from '../prices/keptAnswers';
import { managedPrices, type ManagedPrices } from '../prices/managedPrices';
import type { Quotas, QuotaTable } from './plan/quotas';

/** Who can be asked. */
export interface FactSources {
  readonly account: AwsAccount;
  readonly kept: KeptAnswers;
  readonly quotas: Quotas;
}

/** What AWS told in time of one region and account. Absent: not known, with the reason. */
export interface Facts {
  readonly prices: Kept<ManagedPrices> | undefined;
  readonly quotas: QuotaTable | undefined;
  /** One sentence: why the quotas are not known. */
  readonly quotaProblem: string | undefined;
}

/** How long a plan waits for AWS, in milliseconds: what comes later is there at the next one. */
const patience = 3000;

/** The error where AWS can't be asked at all: nothing can be submitted then, either. */
export async function factsOf(
  { account, kept, quotas }: FactSources,
  signal: AbortSignal,
): Promise<Facts | ProviderError> {
  const [prices, table] = await Promise.all([
    soon(managedPrices(kept, account), signal),
    soon(quotas.table(), signal),
  ]);
  if (table instanceof ProviderError && (table.kind === 'auth' || table.kind === 'network')) return table;
  return {
    prices: prices instanceof ProviderError ? undefined : prices,
    quotas: table instanceof ProviderError ? undefined : table,
    quotaProblem:
      table instanceof ProviderError
        ? `Its quota could not be checked. ${table.message}`
        : 'Its quota is not known yet.',
  };
}

/** `undefined` where it takes too long. */
async function soon<T>(answer: Promise<T>, signal: AbortSignal): Promise<T | ProviderError | undefined> {
  throwIfCancelled(signal);
  const given = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const enough = new Promise<undefined>((resolve) => {
    given.addEventListener('abort', () => {
      resolve(undefined);
    });
  });
  const said = await Promise.race([answer.catch(refusalOf), enough]);
  throwIfCancelled(signal);
  return said;
}

function refusalOf(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  throw error;
}
