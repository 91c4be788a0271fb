import { expect, test } from 'vitest';
import { limitOf } from '../../../../src/providers/aws/account/limits';
import { Rates } from '../../../../src/providers/aws/account/rates';
import { OwnRates } from '../../../../src/providers/aws/account/rateStore';
import { JobFeed } from '../../../../src/providers/aws/jobs/logs/jobFeed';
import { JobFeeds, logs } from '../../../../src/providers/aws/jobs/logs/logs';
import type { LogLine, LogSource } from '../../../../src/providers/aws/jobs/logs/logSource';
import { feedTimes } from '../../../../src/providers/aws/jobs/logs/polledFeed';
import { TestClock } from './account/testClock';

const start = 1_700_000_000_000;
const limit = limitOf('CloudWatchLogsClient', 'FilterLogEventsCommand');
const jobs = Array.from({ length: 20 }, (_, number) => `digits-${number}`);
/** It has ended, and left so many pages that they take longer than all that is looked at here. */
const [long = ''] = jobs;
const pages = 2000;
const lineBytes = 100;

/** CloudWatch, asked by several windows that share one rate. Says who was served when. */
class SharedLogs {
  readonly calls: { readonly job: string; readonly at: number }[] = [];
  private readonly store = new OwnRates();

  constructor(private readonly clock: TestClock) {}

  window(): LogSource {
    const { clock, calls } = this;
    const rates = new Rates(this.store, clock.now, clock.pause, () => undefined);
    return {
      async *pages({ job }, signal) {
        for (let page = 0; page < (job === long ? pages : 1); page++) {
          await rates.turn('account region CloudWatchLogsClient.FilterLogEventsCommand', limit, signal);
          calls.push({ job, at: clock.now() });
          await clock.pause(150, signal);
          yield linesOf(job, page, clock.now());
        }
      },
    };
  }
}

function linesOf(job: string, page: number, now: number): readonly LogLine[] {
  const line = (message: string): LogLine => ({
    logStreamName: `${job}/algo-1-1700000000`,
    timestamp: job === long ? start + page : now,
    ingestionTime: now,
    message,
  });
  if (job !== long) return [];
  const log = (page + 1) * lineBytes;
  return [
    line('x'.repeat(lineBytes - 1)),
    line(`##trainyard {"kind":"sent","node":0,"log":${log},"telemetry":0}`),
  ];
}

test('the logs of twenty jobs in two windows take 40 % of the quota, and each has its turn beside one with a long log', async () => {
  const clock = new TestClock(start);
  const cloud = new SharedLogs(clock);
  const over = new AbortController();
  const windows = [0, 1].map(() => {
    const source = cloud.window();
    const times = { ...feedTimes, now: clock.now, wait: clock.pause };
    const life = (job: string) => () =>
      Promise.resolve({ startedAt: start, ran: true, ...(job === long && { endedAt: start }) });
    return new JobFeeds((job) => new JobFeed(job, source, life(job), () => undefined, times));
  });
  let longBytes = 0;
  const read = jobs.map(async (job, number) => {
    const feeds = windows[number % 2];
    if (!feeds) return;
    const stream = { node: 0, channel: 'log' } as const;
    for await (const { bytes } of logs(feeds, job, stream, undefined, over.signal))
      if (job === long) longBytes += bytes.length;
  });
  const seconds = 600;
  await clock.run(clock.pause(seconds * 1000, new AbortController().signal));
  over.abort();
  await Promise.allSettled(read);

  // 5 a second are allowed in the smallest regions.
  const { calls } = cloud;
  expect(calls.length).toBeLessThanOrEqual(0.4 * 5 * seconds + limit.burst);
  // And what is allowed is used.
  expect(calls.length).toBeGreaterThan(0.4 * 5 * seconds * 0.9);
  for (const [index, { at }] of calls.entries())
    expect((calls[index + limit.burst + limit.perSecond]?.at ?? Infinity) - at).toBeGreaterThanOrEqual(1000);
  for (const job of jobs) {
    const times = [start, ...calls.filter((call) => call.job === job).map(({ at }) => at), clock.now()];
    const longest = Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)));
    // Twenty take ten seconds for a round; one who pauses for up to five comes into the next one.
    expect(longest, job).toBeLessThanOrEqual(16_000);
  }
  const turns = calls.filter(({ job }) => job === long).length;
  expect(turns).toBeGreaterThan(seconds / 16);
  expect(longBytes).toBeGreaterThanOrEqual((turns - 2) * lineBytes);
});
