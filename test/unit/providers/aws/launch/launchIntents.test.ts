import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LaunchIntents } from '../../../../../src/providers/aws/launch/launchIntents';

const launch = { source: { template: 'lt-1' }, name: 'mine', maxHours: 8 };
const where = 'aws/us-east-1';
let home: string;
let folder: string;
let now: () => number;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'trainyard-intents-'));
  folder = join(home, 'aws', 'launches');
  now = Date.now;
});
afterEach(() => rm(home, { recursive: true }));

const intents = () => new LaunchIntents(home, () => now());

/** As if its process had been killed: no process has that start. */
async function orphan(): Promise<void> {
  const [name = ''] = await readdir(folder);
  await rename(join(folder, name), join(folder, name.replace(/[^.]+$/, `${process.pid + 1}-0`)));
}

it('the same launch twice at once is two, each with a token of its own', async () => {
  const all = intents();
  const [one, other] = await Promise.all([all.begin(where, launch), all.begin(where, launch)]);
  expect([one.again, other.again]).toEqual([false, false]);
  expect(one.token).not.toBe(other.token);
});

it('one that was left is gone on with, by one of those who ask at once', async () => {
  const before = await intents().begin(where, launch);
  await before.leave();
  const all = intents();
  const after = await Promise.all([1, 2, 3].map(() => all.begin(where, launch)));
  expect(after.filter(({ again }) => again).map(({ token }) => token)).toEqual([before.token]);
});

it('one whose process was killed is gone on with, and once it has ended there is none', async () => {
  const before = await intents().begin(where, launch);
  await orphan();
  const after = await intents().begin(where, launch);
  expect([after.again, after.token]).toEqual([true, before.token]);
  await after.end();
  expect(await readdir(folder)).toEqual([]);
  expect((await intents().begin(where, launch)).again).toBe(false);
});

it.each([
  ['name', { ...launch, name: 'other' }],
  ['source', { ...launch, source: { settings: { type: 'g5.xlarge' } } }],
  ['longest life', { ...launch, maxHours: 24 }],
])('a launch with another %s is another one', async (_what, other) => {
  await (await intents().begin(where, launch)).leave();
  expect((await intents().begin(where, other)).again).toBe(false);
});

it('what was left an hour ago is not meant any more', async () => {
  await (await intents().begin(where, launch)).leave();
  now = () => Date.now() + 3_600_001;
  expect((await intents().begin(where, launch)).again).toBe(false);
  expect(await readdir(folder)).toHaveLength(1);
});
