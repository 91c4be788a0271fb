import { ProviderError } from '../../../core/errors';
import type { AwsAccount } from '../account/account';
import type { KeptAnswers } from './keptAnswers';
import { isPriceTable, pricedProducts, priceTable } from './priceList';

/**
 * EBS list prices in us-east-1, USD for a GB and month of 730 hours (https://aws.amazon.com/ebs/pricing, 2025). Provisioned IOPS and
 * throughput cost more.
 */
export const bundledDiskPrices: DiskPrices = {
  gp2: 0.1,
  gp3: 0.08,
  io1: 0.125,
  io2: 0.125,
  sc1: 0.015,
  st1: 0.045,
  standard: 0.05,
};

/** USD for a GB and month, by type such as `gp3`. */
export type DiskPrices = Readonly<Record<string, number>>;

export interface Disk {
  /** Such as `gp3`. */
  readonly type: string;
  readonly gigabytes: number;
}

/** As the Price List has them for the region, kept for a day; where AWS does not say, those of us-east-1. */
export async function diskPrices(kept: KeptAnswers, account: AwsAccount): Promise<DiskPrices> {
  try {
    const key = `disk-prices-${account.region}`;
    const { value } = await kept.get(key, isPriceTable, async (signal) => {
      const filters = { productFamily: 'Storage', regionCode: account.region };
      const what = 'The prices of disks can’t be read';
      const products = await pricedProducts(account, what, 'AmazonEC2', filters, 'month', signal);
      return priceTable(products, ({ volumeApiName }) => volumeApiName);
    });
    return { ...bundledDiskPrices, ...value };
  } catch (error) {
    if (error instanceof ProviderError) return bundledDiskPrices;
    throw error;
  }
}

/** USD an hour of all of them, at least; `undefined` where one's price is not known. */
export function diskHourlyUsd(
  disks: readonly Disk[],
  prices: DiskPrices = bundledDiskPrices,
): number | undefined {
  let sum = 0;
  for (const { type, gigabytes } of disks) {
    const usd = Object.hasOwn(prices, type) ? prices[type] : undefined;
    if (usd === undefined) return undefined;
    sum += (usd * gigabytes) / 730;
  }
  return sum;
}
