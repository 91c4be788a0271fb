import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ec2Prices } from '../../../../../src/providers/aws/prices/ec2Prices';
import { KeptAnswers } from '../../../../../src/providers/aws/prices/keptAnswers';
import { pricedProduct } from '../../../../../src/providers/aws/prices/priceList';
import { failing, ScriptedAccount } from '../../../../fakes/aws/scriptedAccount';

const { signal } = new AbortController();
const now = () => Date.parse('2026-11-26T10:00:00Z');
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'trainyard-prices-'));
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

const product = (attributes: object, usd: string, unit = 'Hrs') =>
  JSON.stringify({
    product: { attributes },
    terms: { OnDemand: { a: { priceDimensions: { b: { unit, pricePerUnit: { USD: usd } } } } } },
  });

function prices(answers: ConstructorParameters<typeof ScriptedAccount>[1], region = 'eu-west-1') {
  const account = new ScriptedAccount(region, answers);
  return { account, prices: new Ec2Prices(account, new KeptAnswers(home, now), now) };
}

describe('the price of an EC2 type', () => {
  it('is the region’s own, with the day it was asked, and asked once for all GPUs', async () => {
    const PriceList = [
      product({ instanceType: 'g5.xlarge' }, '1.123'),
      product({ instanceType: 'g6.xlarge' }, '0.9'),
    ];
    const { account, prices: ec2 } = prices({ GetProducts: () => ({ PriceList }) });
    const found = await ec2.onDemand(['g5.xlarge', 'g6.xlarge']);
    expect(found.get('g5.xlarge')).toEqual({
      hourlyUsd: 1.123,
      asOf: '2026-11-26',
      from: 'EC2’s price list for eu-west-1 of 2026-11-26, on demand',
    });
    expect(account.asked).toEqual(['GetProducts']);
  });

  it.each([
    ['AWS does not say', failing('forbidden', 'no')],
    ['AWS has none of it', () => ({ PriceList: [] })],
    [
      'it is 0, which no machine costs',
      () => ({ PriceList: [product({ instanceType: 'g5.xlarge' }, '0.0')] }),
    ],
    ['the answer is no price list', () => ({ PriceList: ['<html>', '7', 'null'] })],
  ])('is the bundled list’s, with its day and region, where %s', async (_why, GetProducts) => {
    const { prices: ec2 } = prices({ GetProducts });
    const rate = (await ec2.onDemand(['g5.xlarge', 'q9.large'])).get('g5.xlarge');
    expect(rate).toMatchObject({ hourlyUsd: 1.006, asOf: '2026-07-20' });
    expect(rate?.from).toContain('us-east-1');
    expect((await ec2.onDemand(['q9.large'])).get('q9.large')).toMatchObject({ hourlyUsd: null, asOf: null });
  });

  it('as spot is the newest of its zone, or that of the cheapest zone', async () => {
    const price = (AvailabilityZone: string, SpotPrice: string, hour: number) => ({
      ...{ AvailabilityZone, SpotPrice },
      Timestamp: new Date(Date.UTC(2026, 10, 26, hour)),
    });
    const SpotPriceHistory = [
      price('eu-west-1a', '0.5', 1),
      price('eu-west-1a', '0.6', 2),
      price('eu-west-1b', '0.55', 1),
      price('eu-west-1c', 'nothing', 1),
    ];
    const { account, prices: ec2 } = prices({ DescribeSpotPriceHistory: () => ({ SpotPriceHistory }) });
    expect(await ec2.spot('g5.xlarge', 'eu-west-1a', signal)).toMatchObject({ hourlyUsd: 0.6 });
    expect(await ec2.spot('g5.xlarge', undefined, signal)).toMatchObject({ hourlyUsd: 0.55 });
    expect(await ec2.spot('g5.xlarge', 'eu-west-1c', signal)).toMatchObject({ hourlyUsd: null });
    expect(account.asked).toHaveLength(1);
  });

  it('as spot is not known where AWS does not say', async () => {
    const { prices: ec2 } = prices({ DescribeSpotPriceHistory: failing('forbidden', 'no') });
    expect(await ec2.spot('g5.xlarge', undefined, signal)).toEqual({ hourlyUsd: null, asOf: null, from: '' });
  });
});

describe('a product of the price list', () => {
  it('has the price for the unit that is asked for, the higher one of several', () => {
    expect(pricedProduct(product({}, '0.08', 'GB-Mo'), 'month').usd).toBe(0.08);
    expect(pricedProduct(product({}, '0.08', 'GB-Mo'), 'hour').usd).toBeUndefined();
  });
});
