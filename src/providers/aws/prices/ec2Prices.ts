import { ProviderError } from '../../../core/errors';
import { ec2HourlyUsd, ec2List } from '../../../core/prices/ec2Machines';
import { promptly } from '../../../lib/promptly';
import type { AwsAccount } from '../account/account';
import type { Kept, KeptAnswers } from './keptAnswers';
import { isPriceTable, pricedProducts, priceTable } from './priceList';
import { SpotPrices } from './spotPrices';

/** What a machine costs, and who says so. */
export interface Rate {
  /** USD an hour; `null` where it is not known, which is never the same as free. */
  readonly hourlyUsd: number | null;
  /** ISO date; `null` without a price. */
  readonly asOf: string | null;
  /** Such as `EC2’s price list for eu-west-1 of 2026-11-26, on demand`; empty without a price. */
  readonly from: string;
}

/** Milliseconds that a list of machines waits for prices: those that come later are in the next one. */
export const patience = 2000;

/** On demand, of Linux on shared hardware and with nothing installed that is paid for. */
const onDemand = {
  operatingSystem: 'Linux',
  tenancy: 'Shared',
  preInstalledSw: 'NA',
  capacitystatus: 'Used',
  marketoption: 'OnDemand',
};

/** EC2's prices in the account's region, in USD an hour, by type such as `g5.xlarge`. */
export class Ec2Prices {
  private readonly spotPrices: SpotPrices;

  constructor(
    private readonly account: AwsAccount,
    private readonly kept: KeptAnswers,
    now: () => number,
  ) {
    this.spotPrices = new SpotPrices(account, now);
  }

  /** Of each of the types: as the Price List has it, kept for a day, and else as the bundled list has it, which is said. Never rejects for want of AWS. */
  async onDemand(types: readonly string[]): Promise<ReadonlyMap<string, Rate>> {
    const all = [...new Set(types)];
    const found = await Promise.all(all.map(async (type) => [type, await this.rate(type)] as const));
    return new Map(found);
  }

  /** The same within two seconds. */
  async soon(types: readonly string[]): Promise<ReadonlyMap<string, Rate>> {
    const all = [...new Set(types)];
    const found = await Promise.all(
      all.map(
        async (type) => [type, await promptly(patience, this.rate(type), () => bundled(type))] as const,
      ),
    );
    return new Map(found);
  }

  /** The same with one call, for long lists: where that does not have a type, as the bundled list has it. */
  async listed(types: readonly string[]): Promise<ReadonlyMap<string, Rate>> {
    const table = await promptly(patience, this.gpus(), () => undefined).catch(translated);
    return new Map(types.map((type) => [type, (table && this.live(type, table)) ?? bundled(type)]));
  }

  /** Of a spot instance of that type now: in that zone, or else in the cheapest one. Unknown where AWS does not say. */
  async spot(type: string, zone: string | undefined, signal: AbortSignal): Promise<Rate> {
    try {
      const found = await this.spotPrices.latest(type, zone, signal);
      return found ? { ...found, from: `EC2’s spot price in ${found.zone} on ${found.asOf}` } : unknownRate;
    } catch (error) {
      if (error instanceof ProviderError) return unknownRate;
      throw error;
    }
  }

  private async rate(type: string): Promise<Rate> {
    try {
      // Types with GPUs are few: one answer for all.
      const gpus = isGpuType(type) ? this.live(type, await this.gpus()) : undefined;
      return gpus ?? this.live(type, await this.table(type, { instanceType: type })) ?? bundled(type);
    } catch (error) {
      translated(error);
      return bundled(type);
    }
  }

  private live(type: string, { at, value }: Kept<Readonly<Record<string, number>>>): Rate | undefined {
    const hourlyUsd = Object.hasOwn(value, type) ? value[type] : undefined;
    if (hourlyUsd === undefined) return undefined;
    const asOf = isoDate(at);
    return { hourlyUsd, asOf, from: `EC2’s price list for ${this.account.region} of ${asOf}, on demand` };
  }

  private gpus() {
    return this.table('gpu', { instanceFamily: 'GPU instance' });
  }

  private table(key: string, filters: Readonly<Record<string, string>>) {
    const { account, kept } = this;
    return kept.get(`ec2-prices-${account.region}-${key}`, isPriceTable, async (signal) => {
      const all = { ...onDemand, ...filters, regionCode: account.region };
      const what = 'EC2’s prices can’t be read';
      const products = await pricedProducts(account, what, 'AmazonEC2', all, 'hour', signal);
      return priceTable(products, ({ instanceType }) => instanceType);
    });
  }
}

function isGpuType(type: string): boolean {
  return /^(?:g|gr|p)\d/.test(type);
}

/** What AWS or the network refused is no reason to show nothing; anything else is a bug. */
function translated(error: unknown): undefined {
  if (!(error instanceof ProviderError)) throw error;
  return undefined;
}

export const unknownRate: Rate = { hourlyUsd: null, asOf: null, from: '' };

/** By the list that is shipped, of one region and one day. */
function bundled(type: string): Rate {
  const hourlyUsd = ec2HourlyUsd(type);
  if (hourlyUsd === null) return unknownRate;
  const from = `the list of ${ec2List.asOf} for ${ec2List.region} that Trainyard ships, on demand; AWS was not asked or did not say`;
  return { hourlyUsd, asOf: ec2List.asOf, from };
}

export function isoDate(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
