import type { AwsAccount } from '../account/account';

/** What a product's attributes are to be, such as `regionCode`, by the names of the Price List. */
export type PriceFilters = Readonly<Record<string, string>>;

/** A product of the Price List, as far as it is understood. */
export interface PricedProduct {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** USD on demand for a unit; absent where there is none above 0. */
  readonly usd?: number;
}

/** `hour` of a machine, `month` of a GB of disk. */
export type PriceUnit = 'hour' | 'month';

const units: Readonly<Record<PriceUnit, RegExp>> = { hour: /^(?:hrs|hours?)$/i, month: /^GB-Mo(?:nth)?$/i };

/** All products of a service that have those attributes, all pages. Throws `ProviderError`, which begins with `what`. */
export async function pricedProducts(
  account: AwsAccount,
  what: string,
  service: 'AmazonEC2' | 'AmazonSageMaker',
  filters: PriceFilters,
  unit: PriceUnit,
  signal: AbortSignal,
): Promise<readonly PricedProduct[]> {
  const Filters = Object.entries(filters).map(
    ([Field, Value]) => ({ Type: 'TERM_MATCH', Field, Value }) as const,
  );
  const found: PricedProduct[] = [];
  let token: string | undefined;
  do {
    const page = await account.ask(
      'pricing',
      what,
      (sdk, client, options) =>
        client.send(
          new sdk.GetProductsCommand({
            ServiceCode: service,
            Filters,
            FormatVersion: 'aws_v1',
            MaxResults: 100,
            ...(token !== undefined && { NextToken: token }),
          }),
          options,
        ),
      signal,
    );
    for (const text of page.PriceList ?? []) found.push(pricedProduct(String(text), unit));
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return found;
}

/** One product, a JSON text. */
export function pricedProduct(text: string, unit: PriceUnit): PricedProduct {
  const { product, terms } = parsed(text);
  const dimensions = Object.values(terms?.OnDemand ?? {}).flatMap((term) =>
    Object.values(term?.priceDimensions ?? {}),
  );
  const rates = dimensions
    .filter((dimension) => units[unit].test(String(dimension?.unit)))
    .map((dimension) => Number(dimension?.pricePerUnit?.USD))
    .filter((usd) => Number.isFinite(usd) && usd > 0);
  // Where there is more than one, none of them is known to be the one that is charged: the highest is safe.
  return { attributes: product?.attributes ?? {}, ...(rates.length > 0 && { usd: Math.max(...rates) }) };
}

type Some<T> = Readonly<Record<string, T | undefined>>;

interface Product {
  readonly product?: { readonly attributes?: Readonly<Record<string, unknown>> };
  readonly terms?: {
    readonly OnDemand?: Some<{
      readonly priceDimensions?: Some<{
        readonly unit?: unknown;
        readonly pricePerUnit?: { readonly USD?: unknown };
      }>;
    }>;
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

/** USD by a product's name. Where one is there twice, nobody knows which is charged: the higher price is safe. */
export function priceTable(
  products: readonly PricedProduct[],
  nameOf: (attributes: PricedProduct['attributes']) => unknown,
): Readonly<Record<string, number>> {
  const table: Record<string, number> = {};
  for (const { attributes, usd } of products) {
    const name = nameOf(attributes);
    if (typeof name === 'string' && usd !== undefined) table[name] = Math.max(usd, table[name] ?? 0);
  }
  return table;
}

/** Prices by whatever they are kept by, as a file of the state folder has them. */
export function isPriceTable(value: unknown): value is Readonly<Record<string, number>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((usd) => typeof usd === 'number' && usd > 0)
  );
}
