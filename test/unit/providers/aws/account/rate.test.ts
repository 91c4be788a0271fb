import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancelledError } from '../../../../../src/core/errors';
import { attempts } from '../../../../../src/providers/aws/account/attempts';
import { limitOf } from '../../../../../src/providers/aws/account/limits';
import {
  ratePerSecond,
  reserve,
  slow,
  unused,
  type Limit,
} from '../../../../../src/providers/aws/account/rate';
import { Rates } from '../../../../../src/providers/aws/account/rates';
import { OwnRates, SharedRates } from '../../../../../src/providers/aws/account/rateStore';
import { TestClock } from './testClock';

const limit: Limit = { perSecond: 10, burst: 5 };
const start = 1_700_000_000_000;
const never = new AbortController().signal;

describe('The rate of an API', () => {
  it('lets a burst go at once, and then so many a second', () => {
    let rate = unused;
    const waits = Array.from({ length: 8 }, () => {
      const place = reserve(rate, limit, start);
      rate = place.rate;
      return place.at - start;
    });
    expect(waits).toEqual([0, 0, 0, 0, 0, 100, 200, 300]);
  });

  it('never lets more go than the limit in any span of time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500), { minLength: 1, maxLength: 200 }), (gaps) => {
        let rate = unused;
        let now = start;
        const at = gaps.map((gap) => {
          now += gap;
          const place = reserve(rate, limit, now);
          rate = place.rate;
          return place.at;
        });
        for (const [index, first] of at.entries()) {
          const within = at.slice(index).filter((time) => time < first + 1000).length;
          expect(within).toBeLessThanOrEqual(limit.burst + limit.perSecond);
        }
      }),
    );
  });

  it('serves in the order of asking', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 2 }), (gaps) => {
        let rate = unused;
        let now = start;
        let before = 0;
        for (const gap of gaps) {
          now += gap;
          const place = reserve(rate, limit, now);
          rate = place.rate;
          expect(place.at).toBeGreaterThanOrEqual(Math.max(before, now));
          before = place.at;
        }
      }),
    );
  });

  it('falls at each refusal, counts those of one burst once, and comes back in a minute', () => {
    const first = slow(unused, limit, start);
    expect(first.slowedTo).toBe(6);
    expect(slow(first, limit, start + 100)).toBe(first);
    expect(slow(first, limit, start + 600).slowedTo).toBeLessThan(6);
    expect(ratePerSecond(first, limit, start + 60_000)).toBe(10);
  });

  it('never falls to nothing, and never goes above the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5000, max: 5000 }), { maxLength: 100 }), (steps) => {
        let rate = unused;
        let now = start;
        for (const step of steps) {
          now += step;
          rate = slow(rate, limit, now);
          expect(ratePerSecond(rate, limit, now)).toBeGreaterThanOrEqual(0.2);
          expect(ratePerSecond(rate, limit, now)).toBeLessThanOrEqual(10);
        }
      }),
    );
  });

  it('holds nobody up for ever when the clock is set back', () => {
    const rate = { ...unused, next: start + 86_400_000 };
    expect(reserve(rate, limit, start).at - start).toBeLessThanOrEqual(600_000);
  });

  it('is at most 40 % of the quota where logs are read', () => {
    expect(limitOf('CloudWatchLogsClient', 'FilterLogEventsCommand').perSecond).toBeLessThanOrEqual(0.4 * 5);
  });
});

describe('Windows that share a rate', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trainyard-rates-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('take turns by one file', async () => {
    const clock = new TestClock(start);
    const windows = [1, 2, 3].map(() => shared(clock));
    const gone: number[] = [];
    await clock.run(
      Promise.all(
        windows.map(async (rates, window) => {
          for (let call = 0; call < 10; call++) {
            await rates.turn('key', limit, never);
            gone.push(window);
          }
        }),
      ),
    );
    // 30 calls: a burst of 5, then 10 a second.
    expect(clock.now() - start).toBe(2500);
    // Each window has its share at any time.
    const half = gone.slice(0, 15);
    for (const window of [0, 1, 2])
      expect(half.filter((one) => one === window).length).toBeGreaterThanOrEqual(4);
    for (const rates of windows) rates.dispose();
  });

  it('all ask less often when one of them is told that it is too much', async () => {
    const clock = new TestClock(start);
    const [one, two] = [shared(clock), shared(clock)];
    await one.throttled('key', limit, never);
    await clock.run(two.turn('key', limit, never));
    await clock.run(two.turn('key', limit, never));
    expect(clock.now() - start).toBeGreaterThan(300);
    one.dispose();
    two.dispose();
  });

  it('begin anew where the file is damaged', async () => {
    writeFileSync(join(folder, 'rates.db'), 'no database'.repeat(1000));
    const rates = shared(new TestClock(start));
    await rates.turn('key', limit, never);
    rates.dispose();
  });

  it('go on by themselves where the file can’t be made, and say so', async () => {
    const problems: string[] = [];
    const clock = new TestClock(start);
    const store = new SharedRates(join(folder, 'no', 'such', 'folder', 'rates.db'));
    const rates = new Rates(store, clock.now, clock.pause, (problem) => problems.push(problem));
    for (let call = 0; call < 6; call++) await clock.run(rates.turn('key', limit, never));
    expect(clock.now() - start).toBe(100);
    expect(problems.length).toBeGreaterThan(0);
  });

  it('stop waiting when they are cancelled', async () => {
    const clock = new TestClock(start);
    const rates = new Rates(new OwnRates(), clock.now, clock.pause, () => undefined);
    const abort = new AbortController();
    const waiting = Promise.all(Array.from({ length: 20 }, () => rates.turn('key', limit, abort.signal)));
    abort.abort();
    await expect(waiting).rejects.toBeInstanceOf(CancelledError);
  });

  function shared(clock: TestClock): Rates {
    return new Rates(new SharedRates(join(folder, 'rates.db')), clock.now, clock.pause, (problem) => {
      throw new Error(problem);
    });
  }
});

describe('Calls under throttling', () => {
  it('all get through where AWS allows fewer than the limit, and are refused less and less', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 4 }),
        async (quota, windows) => {
          const { served, refused, seconds } = await load({ windows, calls: 40, refuses: bucket(quota) });
          expect(served).toBe(windows * 40);
          // What AWS allows is used by at least a third, and little is asked in vain.
          expect(seconds).toBeLessThan((windows * 40 * 3) / quota + 60);
          expect(refused).toBeLessThan(served * 0.5 + 30);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('end with what AWS said where 1 to 100 % are refused, after eight tries at most and in under three minutes each', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 100 }), fc.integer(), async (percent, seed) => {
        const random = randomFrom(seed);
        const { served, failed, refused, longest } = await load({
          windows: 2,
          calls: 10,
          refuses: () => random() * 100 < percent,
          random,
        });
        expect(served + failed).toBe(20);
        expect(refused).toBeLessThanOrEqual(20 * 8);
        expect(longest).toBeLessThan(180_000);
        if (percent === 100) expect(served).toBe(0);
        // 0.3 ** 8 is one call in 15,000.
        if (percent <= 30) expect(failed).toBeLessThanOrEqual(1);
      }),
      {
        numRuns: 15,
        examples: [
          [100, 1],
          [1, 1],
        ],
      },
    );
  });
});

interface Load {
  readonly windows: number;
  readonly calls: number;
  readonly refuses: (now: number) => boolean;
  readonly random?: () => number;
}

/** Windows that each call one API, again and again, through the middleware of the SDK's clients. */
async function load({ windows, calls, refuses, random = randomFrom(7) }: Load) {
  const clock = new TestClock(start);
  const store = new OwnRates();
  let [served, failed, refused, longest] = [0, 0, 0, 0];
  const next = () => {
    if (!refuses(clock.now())) return Promise.resolve({ response: {}, output: { $metadata: {} } });
    refused++;
    return Promise.reject(Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' }));
  };
  const context = { clientName: 'SageMakerClient', commandName: 'DescribeTrainingJobCommand' };
  await clock.run(
    Promise.all(
      Array.from({ length: windows }, async () => {
        const rates = new Rates(store, clock.now, clock.pause, () => undefined);
        const call = attempts(rates, 'account region', clock.pause, random)(next, context);
        for (let number = 0; number < calls; number++) {
          const began = clock.now();
          await call({ input: {}, request: {} }).then(
            () => served++,
            () => failed++,
          );
          longest = Math.max(longest, clock.now() - began);
        }
      }),
    ),
  );
  return { served, failed, refused, longest, seconds: (clock.now() - start) / 1000 };
}

/** A quota as AWS keeps it. */
function bucket(perSecond: number): (now: number) => boolean {
  let [tokens, last] = [perSecond, start];
  return (now) => {
    tokens = Math.min(perSecond, tokens + ((now - last) / 1000) * perSecond);
    last = now;
    if (tokens < 1) return true;
    tokens--;
    return false;
  };
}

/** mulberry32 */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
