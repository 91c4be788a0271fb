import { CreateLaunchTemplateCommand, EC2Client } from '@aws-sdk/client-ec2';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { main } from '../../src/cli/main';
import type { Provider } from '../../src/core/provider';
import { Emitter } from '../../src/lib/event';
import { openCore } from '../../src/services/core';
import { FakeAws } from '../fakes/aws/fakeAws';
import { machinesAt } from '../fakes/aws/launching';
import { testKeys } from '../fakes/aws/testAccount';
import { workplace } from '../fakes/workplace';

let aws: FakeAws;
let home = '';
beforeAll(async () => {
  aws = await FakeAws.start();
  home = mkdtempSync(join(tmpdir(), 'trainyard-cli-launch-'));
  const ec2 = new EC2Client({ endpoint: aws.url, region: 'us-east-1', credentials: testKeys });
  await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'gpu',
      LaunchTemplateData: { InstanceType: 'g5.xlarge', ImageId: 'ami-1e749f67' },
    }),
  );
});
afterAll(async () => {
  expect(aws.problems()).toEqual([]);
  await aws.stop();
  rmSync(home, { recursive: true, force: true, maxRetries: 10 });
});

/** One command line; `typed`: what a person answers, who is there only then. */
async function trainyard(words: readonly string[], typed?: string) {
  const out: string[] = [];
  const err: string[] = [];
  const into = (texts: string[]) =>
    new Writable({
      write: (piece: Buffer, _encoding, done) => {
        texts.push(piece.toString());
        done();
      },
    });
  const { machines, instances } = machinesAt(aws.url, home);
  const connections = [{ id: 'aws/us-east-1', label: 'aws/us-east-1', instances }];
  const provider: Provider = {
    id: 'aws',
    label: 'AWS',
    connections: () => Promise.resolve(connections),
    onDidChangeConnections: new Emitter<void>().event,
  };
  const place = { ...workplace(), home };
  const code = await main(['machines', 'launch', ...words], {
    out: into(out),
    err: into(err),
    in: Readable.from(typed === undefined ? [] : [`${typed}\n`]),
    interactive: typed !== undefined,
    env: {},
    cwd: home,
    interrupted: new AbortController().signal,
    now: Date.now,
    openCore: () => openCore({ ...place, providers: [() => provider] }),
  });
  machines.dispose();
  return { code, out: out.join(''), err: err.join('') };
}

const launches = () => aws.asked('RunInstances').length;

it('launches by type what is usual there, with its price, its worst case and its cap said before', async () => {
  const { code, out, err } = await trainyard(['--type', 'g5.xlarge', '--name', 'mine', '--yes', '--json']);
  expect(err).toContain('mine on aws/us-east-1 · g5.xlarge · at worst $8.05 in 8 h · $1.01/h');
  expect(err).toContain('powers itself off 8 h after its first start');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({
    id: expect.stringMatching(/^aws\/us-east-1\/i-/) as string,
    state: 'running',
  });
});

it('launches a spot instance, and one from a template by its name, for as long as is said', async () => {
  const spot = await trainyard(['--type', 'g5.xlarge', '--spot', '--hours', '2', '--yes']);
  expect(spot).toMatchObject({
    code: 0,
    err: expect.stringContaining('g5.xlarge · spot · at worst') as string,
  });
  const form = new URLSearchParams(aws.asked('RunInstances').at(-1)?.body.toString());
  expect(form.get('InstanceMarketOptions.MarketType')).toBe('spot');
  const template = await trainyard(['--template', 'gpu', '--hours', 'none', '--yes']);
  expect(template).toMatchObject({ code: 0, err: expect.stringContaining('Nothing stops it') as string });
  expect(template.out).toMatch(/^aws\/us-east-1\/i-\w+ running\n$/);
});

it('launches nothing without a yes, and nothing after a no', async () => {
  const before = launches();
  const nobody = await trainyard(['--type', 'g5.xlarge']);
  expect(nobody).toMatchObject({ code: 2, err: expect.stringContaining('--yes to launch') as string });
  const no = await trainyard(['--type', 'g5.xlarge'], 'n');
  expect(no).toMatchObject({ code: 3, err: expect.stringContaining('Launch? [y/N]') as string });
  expect(launches()).toBe(before);
});

it.each([
  [['--type', 'g5.xlarge', '--template', 'gpu'], /--type TYPE or --template NAME/],
  [[], /--type TYPE or --template NAME/],
  [['--template', 'none'], /no such launch template: none/],
  [['--template', 'gpu', '--spot'], /up to the launch template/],
  [['--type', 'g99.xlarge'], /no such type in us-east-1: g99.xlarge/],
  [['--type', 'g5.xlarge', '--hours', 'many'], /--hours takes/],
  [['--type', 'g5.xlarge', '--name', 'a;b'], /--name takes/],
  [['--type', 'g5.xlarge', '--on', 'aws/eu-west-1'], /one of: aws\/us-east-1/],
])('%j is bad input', async (words, message) => {
  const before = launches();
  const { code, err } = await trainyard([...words, '--yes']);
  expect(err).toMatch(message);
  expect(code).toBe(2);
  expect(launches()).toBe(before);
});

it('does not launch what the quota has no room for', async () => {
  aws.world.quotas.set('Running On-Demand P instances', 0);
  const { code, err } = await trainyard(['--type', 'p4d.24xlarge', '--yes']);
  expect(err).toContain('“Running On-Demand P instances” is 0 vCPUs');
  expect(code).toBe(4);
});
