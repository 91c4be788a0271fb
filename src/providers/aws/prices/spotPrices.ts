import type { _InstanceType } from '@aws-sdk/client-ec2';
import type { AwsAccount } from '../account/account';

export interface SpotPrice {
  readonly hourlyUsd: number;
  /** ISO date of when it was set. */
  readonly asOf: string;
  /** Such as `us-east-1a`. */
  readonly zone: string;
}

/** Milliseconds: spot prices change a few times a day. */
const fresh = 5 * 60_000;

/** What spot instances of Linux cost now, in each zone. */
export class SpotPrices {
  /** By type. */
  private readonly known = new Map<
    string,
    { readonly at: number; readonly prices: Promise<readonly SpotPrice[]> }
  >();

  constructor(
    private readonly account: AwsAccount,
    private readonly now: () => number,
  ) {}

  /** In the zone, or in the cheapest one; `undefined` where AWS has none. Throws `ProviderError`. */
  async latest(type: string, zone: string | undefined, signal: AbortSignal): Promise<SpotPrice | undefined> {
    const prices = await this.prices(type, signal);
    return prices.find((one) => zone === undefined || one.zone === zone);
  }

  private prices(type: string, signal: AbortSignal): Promise<readonly SpotPrice[]> {
    const before = this.known.get(type);
    const age = before ? this.now() - before.at : Infinity;
    if (before && age >= 0 && age < fresh) return before.prices;
    const prices = this.ask(type, signal);
    this.known.set(type, { at: this.now(), prices });
    prices.catch(() => this.known.delete(type));
    return prices;
  }

  /** The cheapest first. */
  private async ask(type: string, signal: AbortSignal): Promise<readonly SpotPrice[]> {
    const newest = new Map<string, SpotPrice & { readonly at: number }>();
    let token: string | undefined;
    do {
      const page = await this.account.ask(
        'ec2',
        'The spot prices can’t be read',
        (sdk, client, options) =>
          client.send(
            new sdk.DescribeSpotPriceHistoryCommand({
              InstanceTypes: [type as _InstanceType],
              ProductDescriptions: ['Linux/UNIX'],
              // From now on: the one that holds now in each zone.
              StartTime: new Date(this.now()),
              ...(token !== undefined && { NextToken: token }),
            }),
            options,
          ),
        signal,
      );
      for (const { AvailabilityZone: zone, SpotPrice: text, Timestamp } of page.SpotPriceHistory ?? []) {
        const hourlyUsd = Number(text);
        if (zone === undefined || !Timestamp || !Number.isFinite(hourlyUsd) || hourlyUsd <= 0) continue;
        if ((newest.get(zone)?.at ?? 0) < +Timestamp)
          newest.set(zone, { zone, hourlyUsd, at: +Timestamp, asOf: Timestamp.toISOString().slice(0, 10) });
      }
      token = page.NextToken === '' ? undefined : page.NextToken;
    } while (token !== undefined);
    return [...newest.values()].sort((a, b) => a.hourlyUsd - b.hourlyUsd);
  }
}
