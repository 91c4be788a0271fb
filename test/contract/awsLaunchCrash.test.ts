import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LaunchSettings } from '../../src/core/instance';
import { abreast } from '../../src/lib/abreast';
import { actor, knowingHome } from '../fakes/aws/crashing';
import { FakeAws } from '../fakes/aws/fakeAws';
import { agreedLaunch, chosenSettings, machinesAt } from '../fakes/aws/launching';
import { testKeys } from '../fakes/aws/testAccount';
import { bundle } from '../fakes/bundle';

const { signal } = new AbortController();
let aws: FakeAws;
let program = '';
let root = '';
let ec2: EC2Client;
let settings: LaunchSettings;

beforeAll(async () => {
  aws = await FakeAws.start();
  ec2 = new EC2Client({ endpoint: aws.url, region: 'us-east-1', credentials: testKeys });
  program = await bundle('test/fakes/programs/launchOnce.ts');
  root = await mkdtemp(join(tmpdir(), 'trainyard-launches-'));
  aws.world.quotas.set('Running On-Demand G and VT instances', 100_000);
  const { machines, instances } = machinesAt(aws.url, join(root, 'chosen'));
  settings = await chosenSettings(instances);
  machines.dispose();
});
afterAll(async () => {
  expect(aws.problems()).toEqual([]);
  await aws.stop();
  await rm(root, { recursive: true, force: true, maxRetries: 10 });
  await rm(dirname(program), { recursive: true, force: true });
});

const act = async (home: string, at: number, name: string) => {
  const go = await actor(program, [home, aws.url, String(at), name, JSON.stringify(settings)]);
  return async () => (await go())?.split(' ');
};

const homeOf = (name: string, from?: string) => knowingHome(join(root, name), from);

/** Ids of those of that name, terminated ones too. */
async function launched(name: string): Promise<readonly string[]> {
  const Filters = [{ Name: 'tag:Name', Values: [name] }];
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }));
  return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId = '' }) => InstanceId));
}

/** Of launches whose end nobody heard of. */
const intents = (home: string) => readdir(join(home, 'aws', 'launches')).catch(() => []);

test(
  'killed at each await of a launch there is one instance or none, it is listed, and who launches it again has that one',
  { timeout: 600_000 },
  async () => {
    const first = await homeOf('first');
    await (
      await act(first, 0, 'first')
    )();
    // Counted where prices and types are known already, as they are in each round.
    const known = await homeOf('known', first);
    const [open = 0, whole = 0] = ((await (await act(known, 0, 'whole'))()) ?? []).map(Number);
    expect(open).toBeGreaterThan(100);
    expect(whole).toBeGreaterThan(open);
    // Over all of it, and closer where AWS has answered and that is not written down yet.
    const places = [
      ...Array.from({ length: 30 }, (_, index) => 1 + Math.floor((whole * index) / 30)),
      ...Array.from({ length: 30 }, (_, index) => open - 3 * index),
    ];
    const rounds = places.length;
    let left = 0;
    let resumed = 0;
    await abreast(3, [...Array(rounds).keys()], async (round) => {
      const name = `round-${round}`;
      const home = await homeOf(name, first);
      await (
        await act(home, places[round] ?? 1, name)
      )();
      const before = await launched(name);
      expect(before.length).toBeLessThanOrEqual(1);
      left += before.length;
      const { machines, instances } = machinesAt(aws.url, home);
      try {
        const listed = (await instances.list(signal)).filter(({ label }) => label === name);
        expect(listed.map(({ id }) => id)).toEqual(before.map((id) => `aws/us-east-1/${id}`));
        // Its end was heard of, and written down: the same again would be another one.
        if (before.length > 0 && (await intents(home)).length === 0) return;
        resumed += before.length;
        const approval = await agreedLaunch(settings, name);
        const id = await instances.launching.launch(approval, () => undefined, signal);
        const after = await launched(name);
        expect(after.map((one) => `aws/us-east-1/${one}`)).toEqual([id]);
        if (before.length > 0) expect(after).toEqual(before);
        expect(await intents(home)).toEqual([]);
      } finally {
        machines.dispose();
      }
    });
    // Cut off before and after there was one, or this test says little.
    expect(left).toBeGreaterThan(5);
    expect(left).toBeLessThan(rounds - 5);
    expect(resumed).toBeGreaterThan(0);
  },
);

test(
  'the same launch in two windows at once is two instances, and nothing is left open',
  { timeout: 120_000 },
  async () => {
    const home = await homeOf('windows');
    const both = await Promise.all([act(home, 0, 'twins'), act(home, 0, 'twins')]);
    const ends = await Promise.all(both.map((go) => go()));
    const ids = ends.map((said) => said?.[2]);
    expect(new Set(ids).size).toBe(2);
    expect((await launched('twins')).map((id) => `aws/us-east-1/${id}`).toSorted()).toEqual(ids.toSorted());
    expect(await intents(home)).toEqual([]);
  },
);
