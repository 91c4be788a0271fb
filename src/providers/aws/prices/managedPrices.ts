import type { AwsAccount } from '../account/account';
import type { Kept, KeptAnswers } from './keptAnswers';

/** What SageMaker has a rate of its own for. */
type Component = 'Training' | 'Notebook';

/** SageMaker’s own rate in one region: USD an hour on demand, by type such as `ml.g5.xlarge`. */
export type ManagedPrices = Readonly<Record<string, number>>;

/** As the Price List has it, kept for a day. Throws `ProviderError`. */
export function managedPrices(
  kept: KeptAnswers,
  account: AwsAccount,
  component: Component = 'Training',
): Promise<Kept<ManagedPrices>> {
  const key = component === 'Training' ? 'prices' : 'notebook-prices';
  return kept.get(`${key}-${account.region}`, isPrices, (signal) => askPrices(account, component, signal));
}

async function askPrices(
  account: AwsAccount,
  component: Component,
  signal: AbortSignal,
): Promise<ManagedPrices> {
  const filter = (field: string, value: string) =>
    ({ Type: 'TERM_MATCH', Field: field, Value: value }) as const;
  const prices: Record<string, number> = {};
  let token: string | undefined;
  do {
    const page = await account.ask(
      'pricing',
      'SageMaker’s prices can’t be read',
      (sdk, client, options) =>
        client.send(
          new sdk.GetProductsCommand({
            ServiceCode: 'AmazonSageMaker',
            Filters: [filter('regionCode', account.region), filter('component', component)],
            FormatVersion: 'aws_v1',
            MaxResults: 100,
            ...(token !== undefined && { NextToken: token }),
          }),
          options,
        ),
      signal,
    );
    for (const product of page.PriceList ?? []) {
      const found = hourlyRate(String(product), component);
      if (found) prices[found.type] = found.usd;
    }
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return prices;
}

/** One product of the Price List, a JSON text; `undefined` where it is no rate per hour of a type for `wanted`. */
export function hourlyRate(
  text: string,
  wanted: Component = 'Training',
): { readonly type: string; readonly usd: number } | undefined {
  const { product, terms } = parsed(text);
  const { instanceName, component } = product?.attributes ?? {};
  if (typeof instanceName !== 'string' || component !== wanted) return undefined;
  const dimensions = Object.values(terms?.OnDemand ?? {}).flatMap((term) =>
    Object.values(term?.priceDimensions ?? {}),
  );
  const rates = dimensions
    .filter((dimension) => /^(?:hrs|hours?)$/i.test(String(dimension?.unit)))
    .map((dimension) => Number(dimension?.pricePerUnit?.USD))
    .filter((usd) => Number.isFinite(usd) && usd > 0);
  // Where there is more than one, none of them is known to be the one that is charged: the highest is safe.
  return rates.length > 0 ? { type: instanceName, usd: Math.max(...rates) } : undefined;
}

interface Product {
  readonly product?: {
    readonly attributes?: { readonly instanceName?: unknown; readonly component?: unknown };
  };
  readonly terms?: {
    readonly OnDemand?: Readonly<
      Record<
        string,
        | {
            readonly priceDimensions?: Readonly<
              Record<
                string,
                { readonly unit?: unknown; readonly pricePerUnit?: { readonly USD?: unknown } } | undefined
              >
            >;
          }
        | undefined
      >
    >;
  };
}

function parsed(text: string): Product {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function isPrices(value: unknown): value is ManagedPrices {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((usd) => typeof usd === 'number' && usd > 0)
  );
}
