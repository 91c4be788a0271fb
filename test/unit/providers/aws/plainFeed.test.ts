import { expect, test } from 'vitest';
import { ProviderError } from '../../../../src/core/errors';
import { JobFeeds, logs } from '../../../../src/providers/aws/jobs/logs/logs';
import { PlainFeed } from '../../../../src/providers/aws/jobs/logs/plainFeed';
import type { PlainReader } from '../../../../src/providers/aws/jobs/logs/plainReader';
import { FakeLogs, lifeOf, randomOf } from './fakeLogs';

const never = new AbortController().signal;
const job = 'Their-Job';

const feedsOf = (fake: FakeLogs, life: ReturnType<typeof lifeOf>) =>
  new JobFeeds<PlainReader>(() => new PlainFeed(job, fake, life, fake.times));

/** Reads a node's whole log; goes on with the token in a feed of its own where a call failed, and where `leave` says so. */
async function read(
  fake: FakeLogs,
  life: ReturnType<typeof lifeOf>,
  node: number,
  feeds: JobFeeds<PlainReader>,
  leave: () => boolean = () => false,
): Promise<string[]> {
  let text = '';
  let from: string | undefined;
  let own = feeds;
  for (let tries = 0; tries < 2000; tries++) {
    try {
      let left = false;
      for await (const { bytes, next } of logs(own, job, { node, channel: 'log' }, from, never)) {
        text += Buffer.from(bytes).toString();
        from = next;
        left = leave();
        if (left) break;
      }
      if (!left) return text.split('\n').slice(0, -1);
    } catch (error) {
      if (!(error instanceof ProviderError && error.kind === 'throttled')) throw error;
    }
    own = feedsOf(fake, life);
  }
  throw new Error('never ended');
}

test.each(Array.from({ length: 60 }, (_, seed) => seed))(
  'each line of each node comes once, however late, also to who leaves and goes on (seed %i)',
  async (seed) => {
    const random = randomOf(seed);
    const fake = new FakeLogs(random);
    fake.pageSize = 5 + Math.floor(random() * 60);
    fake.interleaved = random() < 0.7;
    fake.failing = random() < 0.3 && fake.pageSize > 20 ? 0.03 : 0;
    const begin = fake.time + 5000;
    let end = begin;
    const written = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, node) => {
      let at = begin;
      return Array.from({ length: Math.floor(random() * 150) }, (_unused, i) => {
        // Many at one time; now and then a long silence.
        if (random() < 0.7) at += random() < 0.03 ? 100_000 : random() * 2000;
        const late = random() < 0.2 ? 20_000 * random() : 1000 * random();
        const text = `node ${node} line ${i}`;
        fake.put(`${job}/algo-${node + 1}-1700000000`, Math.floor(at), Math.floor(at), at + late, text);
        end = Math.max(end, at);
        return text;
      });
    });
    const life = lifeOf(fake, begin, end + 1000);
    const feeds = feedsOf(fake, life);
    const leaving = random() < 0.5 ? () => random() < 0.2 : undefined;
    await Promise.all(
      written.flatMap((lines, node) =>
        [0, 1].map(async () => {
          const found = await read(fake, life, node, feeds, leaving);
          expect([...found].sort()).toEqual([...lines].sort());
        }),
      ),
    );
  },
);

test('a log is whole also for who takes nothing for long, and for who comes in the middle of a look at an ended job', async () => {
  const fake = new FakeLogs();
  const ended = fake.time;
  fake.time += 600_000;
  const big = 'x'.repeat(1 << 20);
  for (let i = 0; i < 24; i++) fake.put(`${job}/algo-1-1`, ended - 5000 + i, ended, ended, `${i} ${big}`);
  fake.pageSize = 2;
  const life = lifeOf(fake, ended - 60_000, ended);
  const feed = new PlainFeed(job, fake, life, fake.times);
  const slow = feed.open({ node: 0, channel: 'log' }, undefined);
  while (fake.asked < 1) await new Promise(setImmediate);
  const later = feed.open({ node: 0, channel: 'log' }, undefined);
  // It waits for them: some minutes by its clock.
  while (fake.time < ended + 1_200_000) await new Promise(setImmediate);
  for (const reader of [slow, later]) {
    const found: string[] = [];
    for (let chunk = await reader.next(); chunk; chunk = await reader.next())
      found.push(...Buffer.from(chunk.bytes).toString().split('\n').slice(0, -1));
    expect(found.map((line) => Number(line.split(' ')[0]))).toEqual([...Array(24).keys()]);
  }
  feed.dispose();
});

test('the last lines of a log that was seen to end come also where this computer’s clock is ahead of AWS’s', async () => {
  const fake = new FakeLogs();
  const aws = () => fake.time - 600_000;
  const startedAt = aws();
  fake.put(`${job}/algo-1-1`, startedAt, startedAt, 0, 'first');
  let endedAt: number | undefined;
  const life = () => {
    if (fake.asked >= 3 && endedAt === undefined) {
      endedAt = aws();
      fake.put(`${job}/algo-1-1`, endedAt, endedAt, fake.time + 10_000, 'last');
    }
    return Promise.resolve({ startedAt, ran: true, ...(endedAt !== undefined && { endedAt }) });
  };
  const feeds = new JobFeeds<PlainReader>(() => new PlainFeed(job, fake, life, fake.times));
  let text = '';
  for await (const { bytes } of logs(feeds, job, { node: 0, channel: 'log' }, undefined, never))
    text += Buffer.from(bytes).toString();
  expect(text).toBe('first\nlast\n');
});
