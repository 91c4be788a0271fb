import { expect, test } from 'vitest';
import { approve, judge, type Verdict } from '../../../src/core/costGuard';
import type { Offer } from '../../../src/core/provider';

const offer = (hourlyUsd: number | null): Offer => ({
  connection: 'local',
  region: null,
  instanceType: null,
  nodes: 1,
  accelerators: null,
  spot: false,
  hourlyUsd,
  pricesAsOf: null,
  possible: true,
  why: '',
});

test.each<[number | undefined, number | null, Verdict['kind']]>([
  [undefined, 0, 'allow'],
  [undefined, 3, 'ask'],
  [undefined, null, 'ask'],
  [5, 5, 'ask'],
  [5, 5.01, 'refuse'],
  [0, 0, 'allow'],
  [0, 0.01, 'refuse'],
  [5, null, 'ask'],
  [undefined, NaN, 'ask'],
  [undefined, -1, 'ask'],
  [5, Infinity, 'refuse'],
])('with a limit of %s, a price of %s is: %s', (maxHourlyUsd, price, kind) => {
  const policy = maxHourlyUsd === undefined ? {} : { maxHourlyUsd };
  expect(judge(policy, offer(price)).kind).toBe(kind);
});

test('a refusal is not put to the person, and says the price, the limit and the way out', async () => {
  const answer = await approve({ maxHourlyUsd: 1 }, 'spec', offer(2), () => {
    throw new Error('asked');
  });
  expect(answer).toEqual({
    kind: 'refuse',
    why: 'It costs $2.00/h, over the limit of $1.00/h. Raise the limit or choose a cheaper machine.',
  });
});

test('without consent there is no approval, even for a job that is free', async () => {
  expect(await approve({}, 'spec', offer(0), () => Promise.resolve(false))).toBeUndefined();
});

test('an approval carries the very spec and offer that were agreed to', async () => {
  const chosen = offer(2);
  expect(await approve({}, 'spec', chosen, () => Promise.resolve(true))).toEqual({
    spec: 'spec',
    offer: chosen,
  });
});

test('what can not run is refused with its reason, whatever it costs', async () => {
  const impossible = { ...offer(0), possible: false, why: 'It has no GPU.' };
  const answer = await approve({}, 'spec', impossible, () => {
    throw new Error('asked');
  });
  expect(answer).toEqual({ kind: 'refuse', why: 'It has no GPU.' });
});
