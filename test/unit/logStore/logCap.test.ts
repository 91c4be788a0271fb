import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { Disposables, type Disposable } from '../../../src/lib/disposables';
import { allocated, canPunchHoles } from '../../../src/node/holes';
import { LogArchive } from '../../../src/node/logArchive';
import { LogCap } from '../../../src/services/logStore/logCap';
import { LogStore } from '../../../src/services/logStore/logStore';
import { until } from '../../fakes/until';
import { workplace } from '../../fakes/workplace';
import { workersFolder } from '../../fakes/workers';
import { LogFolder } from './logFolder';

const held = new Disposables();
const path = process.env.PATH;
afterEach(() => {
  process.env.PATH = path;
  held.dispose();
});

/** Time that goes on only when a test says so; what is to come within a second comes at once. */
class Clock {
  private waiting = new Map<() => void, number>();

  readonly later = (work: () => void, milliseconds: number): Disposable => {
    if (milliseconds < 10_000) queueMicrotask(work);
    else this.waiting.set(work, milliseconds);
    return { dispose: () => this.waiting.delete(work) };
  };

  get pending(): readonly number[] {
    return [...this.waiting.values()];
  }

  pass(): void {
    const due = [...this.waiting.keys()];
    this.waiting.clear();
    for (const work of due) work();
  }
}

const megabyte = Buffer.from(
  'a line of a log that goes on and on and on and on and on, with a number: 0123456789\n'
    .repeat(12_500)
    .slice(0, 1_000_000),
);

async function capped(megabytes: number, nodes = 1) {
  const folder = held.add(await LogFolder.make(nodes));
  for (let node = 0; node < nodes; node += 1)
    await folder.write(Buffer.concat(Array(megabytes).fill(megabyte) as Buffer[]), node);
  const place = workplace({ 'trainyard.logs.maxGigabytes': 0.1 });
  const clock = new Clock();
  const jobs = {
    list: () => [folder.job],
    folder: (id: string) => folder.folder(id),
    onDidChange: folder.onDidChange,
  };
  const { connections } = folder;
  const cap = held.add(new LogCap({ jobs, connections, ...place, later: clock.later }));
  return {
    folder,
    clock,
    cap,
    log: place.log,
    taken: async (node = 0) => allocated(await stat(folder.path(node))),
  };
}

async function sha256(chunks: AsyncIterable<unknown>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

test('a running job whose log is over its limit is brought below it at the next look, and keeps every byte', async ({
  skip,
}) => {
  const { folder, clock, cap, log, taken } = await capped(120);
  if (!(await canPunchHoles(folder.folder('')))) skip('this disk frees no part of a file that grows');
  const before = await sha256(createReadStream(folder.path(0)));
  await cap.settled();
  expect(await taken()).toBeGreaterThan(119e6);
  expect(clock.pending).toEqual([60_000]);
  clock.pass();
  await cap.settled();
  expect(await taken()).toBeLessThan(100e6);
  expect(await taken()).toBeGreaterThan(64e6);
  const raw = new LogStore(folder, folder.connections, workersFolder).raw(
    folder.job,
    0,
    { follow: false },
    new AbortController().signal,
  );
  expect(await sha256(raw)).toBe(before);
  expect(log.lines).toEqual([]);
  expect(clock.pending).toEqual([60_000]);
});

test('the limit is for all nodes of a job together', async ({ skip }) => {
  const { folder, clock, cap, taken } = await capped(90, 2);
  if (!(await canPunchHoles(folder.folder('')))) skip('this disk frees no part of a file that grows');
  clock.pass();
  await cap.settled();
  // Each keeps its newest 64 MB.
  expect(await taken(0)).toBeLessThan(75e6);
  expect(await taken(1)).toBeLessThan(75e6);
});

test('a job that ends is looked at once more, and nothing is waited for when nothing runs', async () => {
  const { folder, clock, cap, taken } = await capped(120);
  folder.become('succeeded');
  await cap.settled();
  expect(clock.pending).toEqual([]);
  expect(await taken()).toBeLessThan(100e6);
});

test('a log below its limit is left alone', async () => {
  const { folder, clock, cap, taken } = await capped(3);
  clock.pass();
  folder.become('succeeded');
  await cap.settled();
  expect(await taken()).toBeGreaterThanOrEqual(3e6);
  expect((await LogArchive.open(folder.path(0))).bytes).toBe(0);
});

test('where a disk can’t free a part of a growing file, that is said once, and done once the job has ended', async () => {
  const { folder, clock, cap, log, taken } = await capped(120);
  process.env.PATH = '';
  clock.pass();
  await cap.settled();
  clock.pass();
  await cap.settled();
  expect(log.lines).toHaveLength(1);
  expect(log.lines[0]).toMatch(
    /^warn: The log of digits is over its limit of 0\.1 GB\. .* once the job has ended\.$/,
  );
  expect(await taken()).toBeGreaterThan(119e6);
  folder.become('failed');
  await until('it is compressed', async () => (await taken()) < 100e6);
});
