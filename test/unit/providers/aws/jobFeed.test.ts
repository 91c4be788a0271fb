import { expect, test } from 'vitest';
import { ProviderError } from '../../../../src/core/errors';
import type { LogChannel } from '../../../../src/core/provider';
import { JobFeed } from '../../../../src/providers/aws/jobs/logs/jobFeed';
import { JobFeeds, logs } from '../../../../src/providers/aws/jobs/logs/logs';
import { FakeContainer, FakeLogs, lifeOf, randomOf } from './fakeLogs';

const never = new AbortController().signal;
const job = 'digits-a1b2c3';

/** Reads a whole log; goes on with the token in a feed of its own where a call failed, and where `leave` says so. */
async function read(
  fake: FakeLogs,
  life: ReturnType<typeof lifeOf>,
  node: number,
  channel: LogChannel,
  feeds: JobFeeds,
  leave: () => boolean = () => false,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let from: string | undefined;
  let own = feeds;
  for (let tries = 0; tries < 2000; tries++) {
    try {
      let left = false;
      for await (const { bytes, next } of logs(own, job, { node, channel }, from, never)) {
        pieces.push(bytes);
        from = next;
        if (leave()) {
          left = true;
          break;
        }
      }
      if (!left) return Buffer.concat(pieces);
    } catch (error) {
      if (!(error instanceof ProviderError && error.kind === 'throttled')) throw error;
    }
    own = feedsOf(fake, life);
  }
  throw new Error('never ended');
}

function feedsOf(
  fake: FakeLogs,
  life: ReturnType<typeof lifeOf>,
  warn: (problem: string) => void = () => undefined,
) {
  return new JobFeeds(() => new JobFeed(job, fake, life, warn, fake.times));
}

function wholeOf(containers: readonly FakeContainer[], channel: LogChannel): Buffer {
  return Buffer.concat(containers.map((container) => container.whole(channel)));
}

/** A job of some nodes, which is started again once in a while, over about a minute. */
function story(fake: FakeLogs, random: () => number) {
  const nodes = 1 + Math.floor(random() * 3);
  const begin = fake.time + 5000;
  let end = begin;
  const all = Array.from({ length: nodes }, (_, node) => {
    const starts = random() < 0.3 ? 2 : 1;
    const skew = random() < 0.3 ? (random() - 0.5) * 100_000 : random() * 100;
    let at = begin;
    return Array.from({ length: starts }, (_, start) => {
      const late = random() < 0.3 ? 30_000 : 3000;
      const container = new FakeContainer(fake, job, node, 1_700_000_000 + start * 100, random, skew, late);
      const count = Math.floor(random() * 40);
      for (let i = 0; i < count; i++) {
        at += random() < 0.1 ? 20_000 : random() * 1500;
        const lines = Array.from({ length: Math.floor(random() * 8) }, (_, line) =>
          random() < 0.2
            ? Buffer.from([0, 0xff, 0x0d, line, i])
            : `node ${node} start ${start} batch ${i} line ${line}`,
        );
        container.write(at, lines, random() < 0.5 ? [`##trainyard {"kind":"host","i":${i}}`] : []);
      }
      container.end((at += 500));
      // A machine takes a while to come.
      at += 60_000 + 60_000 * random();
      end = Math.max(end, at);
      return container;
    });
  });
  return { all, begin, end };
}

test.each(Array.from({ length: 150 }, (_, seed) => seed))(
  'each byte of each node and channel comes once and in order, whatever is late (seed %i)',
  async (seed) => {
    const random = randomOf(seed);
    const fake = new FakeLogs(random);
    fake.pageSize = 1 + Math.floor(random() * 60);
    fake.interleaved = random() < 0.7;
    fake.failing = random() < 0.3 && fake.pageSize > 20 ? 0.05 : 0;
    const { all, begin, end } = story(fake, random);
    const life = lifeOf(fake, begin, end);
    const warnings: string[] = [];
    const feeds = feedsOf(fake, life, (problem) => warnings.push(problem));
    const leaving = random() < 0.3 ? () => random() < 0.2 : undefined;
    await Promise.all(
      all.flatMap((containers, node) =>
        (['log', 'telemetry'] as const).map(async (channel) => {
          const bytes = await read(fake, life, node, channel, feeds, leaving);
          const whole = wholeOf(containers, channel);
          expect(warnings).toEqual([]);
          expect(bytes.toString('latin1')).toBe(whole.toString('latin1'));
        }),
      ),
    );
  },
);

test('what a container printed before it was killed is given in the end', async () => {
  const fake = new FakeLogs();
  const container = new FakeContainer(fake, job, 0, 1, randomOf(1), 0, 0);
  container.write(fake.time + 1000, ['one']);
  container.writeTorn(fake.time + 2000, 'two');
  const life = lifeOf(fake, fake.time, fake.time + 10_000);
  const bytes = await read(fake, life, 0, 'log', feedsOf(fake, life));
  expect(bytes.toString()).toBe('one\ntwo\n');
});

test('a piece that never comes holds up what follows for a minute, and is said to be lost', async () => {
  const fake = new FakeLogs();
  const container = new FakeContainer(fake, job, 0, 1, randomOf(1), 0, 0);
  container.write(fake.time + 1000, ['one']);
  const from = fake.lines.length;
  container.write(fake.time + 2000, ['two']);
  fake.lines.splice(from);
  container.write(fake.time + 3000, ['three']);
  container.end(fake.time + 4000);
  const life = lifeOf(fake, fake.time, fake.time + 200_000);
  const warnings: string[] = [];
  const feeds = feedsOf(fake, life, (problem) => warnings.push(problem));
  expect((await read(fake, life, 0, 'log', feeds)).toString()).toBe('one\nthree\n');
  expect(warnings).toEqual([`CloudWatch never gave 4 bytes of the log of node 0 of ${job}.`]);
});

test('a job that ended before anything ran has an empty log at once', async () => {
  const fake = new FakeLogs();
  const before = fake.time;
  const life = () => Promise.resolve({ startedAt: before, endedAt: before, ran: false });
  expect((await read(fake, life, 0, 'log', feedsOf(fake, life))).length).toBe(0);
  expect(fake.time - before).toBeLessThan(5000);
});

test('sixteen readers of a quiet job cost one call now and then', async () => {
  const fake = new FakeLogs();
  const containers = Array.from(
    { length: 8 },
    (_, node) => new FakeContainer(fake, job, node, 1, randomOf(node), 0, 0),
  );
  for (const container of containers) {
    container.write(fake.time + 1000, ['hello']);
    container.write(fake.time + 600_000, ['bye']);
    container.end(fake.time + 600_500);
  }
  const life = lifeOf(fake, fake.time, fake.time + 605_000);
  const feeds = feedsOf(fake, life);
  const before = fake.time;
  const read16 = containers.flatMap((container, node) =>
    (['log', 'telemetry'] as const).map(async (channel) => {
      expect(await read(fake, life, node, channel, feeds)).toEqual(container.whole(channel));
    }),
  );
  await Promise.all(read16);
  expect(fake.time - before).toBeLessThan(620_000);
  // Ten minutes.
  expect(fake.asked).toBeLessThan(150);
});
