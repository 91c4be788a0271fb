import {
  AuthorizeSecurityGroupIngressCommand,
  CreateLaunchTemplateCommand,
  CreateSecurityGroupCommand,
  DescribeInstancesCommand,
  DescribeVpcsCommand,
  EC2Client,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approve } from '../../src/core/costGuard';
import type { Instances, LaunchSettings } from '../../src/core/instance';
import { FakeAws } from '../fakes/aws/fakeAws';
import { approvedLaunch, chosenSettings, machinesAt } from '../fakes/aws/launching';
import { testKeys } from '../fakes/aws/testAccount';

const { signal } = new AbortController();
const region = 'us-east-1';
let aws: FakeAws;
/** What a person changes an account with, behind Trainyard's back. */
let ec2: EC2Client;
beforeAll(async () => {
  aws = await FakeAws.start();
  ec2 = new EC2Client({ endpoint: aws.url, region, credentials: testKeys });
});
afterAll(async () => {
  // All of it as AWS describes it.
  expect(aws.problems()).toEqual([]);
  await aws.stop();
});

describe('an EC2 instance that is launched from a template', () => {
  let home: string;
  let template: string;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'trainyard-launch-'));
    const made = await ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: 'gpu',
        LaunchTemplateData: { InstanceType: 'g5.xlarge', ImageId: 'ami-1e749f67' },
      }),
    );
    template = made.LaunchTemplate?.LaunchTemplateId ?? '';
  });
  afterAll(() => {
    rmSync(home, { recursive: true });
  });

  async function launch(instances: Instances, name: string): Promise<string> {
    const { launching } = instances;
    if (!launching) throw new Error('Nothing can be launched');
    const spec = { source: { template }, name, maxHours: 8 };
    const offer = await launching.offer(spec, signal);
    expect(offer).toMatchObject({
      possible: true,
      hourlyUsd: 1.006,
      accelerators: 'A10G:1',
      stopsAfter: 28_800,
    });
    const approval = await approve({}, spec, offer, () => Promise.resolve(true));
    if (!approval || 'kind' in approval) throw new Error('The guard did not let it be launched');
    return launching.launch(approval, () => undefined, signal);
  }

  it('runs, is listed, and its own poweroff stops it and keeps its disk', async () => {
    const { machines, instances } = machinesAt(aws.url, home);
    const template = (await instances.launching.templates(signal)).find(({ label }) => label === 'gpu');
    expect(template?.detail).toMatch(/^by root · lt-/);
    const id = await launch(instances, 'mine');
    const row = (await instances.list(signal)).find((one) => one.id === id);
    expect(row).toMatchObject({ label: 'mine', state: 'running', hourlyUsd: 1.006 });
    expect(await instances.power.poweredOff?.(id, signal)).toBe('stop');
    const sent = new URLSearchParams(aws.asked('RunInstances').at(-1)?.body.toString());
    expect(Buffer.from(sent.get('UserData') ?? '', 'base64').toString()).toContain('shutdown -h +480');
    machines.dispose();
  });

  it('is one, although the answer was lost and it is asked for again', async () => {
    const { machines, instances } = machinesAt(aws.url, home);
    const end = aws.faults.begin({
      kind: 'lost',
      of: ({ operation }) => operation === 'RunInstances',
    });
    const asked = aws.asked('RunInstances').length;
    await expect(launch(instances, 'twice')).rejects.toMatchObject({ kind: 'network' });
    end();
    const tokens = aws
      .asked('RunInstances')
      .slice(asked)
      .map(({ body }) => new URLSearchParams(body.toString()).get('ClientToken'));
    expect(new Set(tokens).size).toBe(1);
    // Another process goes on with it.
    const other = machinesAt(aws.url, home);
    const before = aws.asked('RunInstances').length;
    const id = await launch(other.instances, 'twice');
    expect(aws.asked('RunInstances').length).toBe(before);
    expect((await other.instances.list(signal)).map((one) => one.id)).toContain(id);
    machines.dispose();
    other.machines.dispose();
  });

  it.each(['denied', 'expired'] as const)(
    'is one, although the answer was lost and the question after it is %s',
    async (kind) => {
      const { machines, instances } = machinesAt(aws.url, home);
      const lost = aws.faults.begin({ kind: 'lost', of: ({ operation }) => operation === 'RunInstances' });
      await expect(launch(instances, kind)).rejects.toMatchObject({ kind: 'network' });
      lost();
      const refused = aws.faults.begin({
        kind,
        of: ({ operation, body }) =>
          operation === 'DescribeInstances' && /trainyard%3Alaunch/i.test(body.toString()),
      });
      const error: unknown = await launch(instances, kind).catch((thrown: unknown) => thrown);
      expect(['forbidden', 'auth']).toContain((error as { kind?: unknown }).kind);
      refused();
      const before = aws.asked('RunInstances').length;
      const id = await launch(instances, kind);
      expect(aws.asked('RunInstances').length).toBe(before);
      expect((await instances.list(signal)).map((one) => one.id)).toContain(id);
      machines.dispose();
    },
  );
});

describe('an EC2 instance that is launched by its type', () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'trainyard-by-type-'));
    mkdirSync(join(home, '.ssh'));
    writeFileSync(join(home, '.ssh', 'id_ed25519.pub'), 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@here\n');
  });
  afterAll(() => {
    rmSync(home, { recursive: true });
  });

  const offerOf = async (instances: Instances, chosen: LaunchSettings) => {
    const source = { settings: await chosenSettings(instances, chosen) };
    return instances.launching?.offer({ source, name: 'x', maxHours: 8 }, signal);
  };

  it('is chosen among what the region has, with what each costs, the cheapest GPU first; that makes nothing', async () => {
    const { machines, instances } = machinesAt(aws.url, home);
    const before = aws.requests.length;
    const [type, ...none] = (await instances.launching.questions?.({}, signal)) ?? [];
    expect(none).toEqual([]);
    expect(type?.choices[0]).toMatchObject({
      value: 'g4dn.xlarge',
      description: '1×T4 · 4 vCPUs · 16 GB · $0.53/h',
    });
    const all = (await instances.launching.questions?.({ type: 'g5.xlarge' }, signal)) ?? [];
    expect(all.map(({ setting }) => setting)).toEqual([
      ...['type', 'market', 'image', 'disk', 'key', 'network', 'firewall'],
    ]);
    const shown = Object.fromEntries(all.map(({ setting, choices }) => [setting, choices[0]]));
    expect(shown).toMatchObject({
      market: { value: 'on-demand', description: '$1.01/h' },
      image: { label: 'Deep Learning OSS Nvidia Driver AMI GPU PyTorch 2.10 (Ubuntu 24.04) 20260401' },
      disk: { value: '100', description: '$8.00 a month' },
      key: { value: 'own:id_ed25519' },
      network: { value: 'any' },
      firewall: { label: 'default' },
    });
    const made = aws.requests.slice(before).map(({ operation }) => operation);
    expect(made.filter((operation) => !/^(?:Describe|Get|List)/.test(operation))).toEqual([]);
    machines.dispose();
  });

  it('says before what it costs there, what the quota leaves, and that SSH is closed', async () => {
    const { machines, instances } = machinesAt(aws.url, home, 'eu-west-1');
    const offer = await offerOf(instances, { type: 'g5.xlarge' });
    expect(offer).toMatchObject({
      possible: true,
      instanceType: 'g5.xlarge',
      accelerators: 'A10G:1',
      spot: false,
    });
    expect(offer?.hourlyUsd).toBeCloseTo(1.1066);
    expect(offer?.pricesAsOf).toBe(new Date().toISOString().slice(0, 10));
    expect(offer?.why).toContain('EC2’s price list for eu-west-1');
    expect(offer?.why).toContain('The quota is 2000 vCPUs');
    expect(offer?.why).toContain('lets no SSH in');
    machines.dispose();
  });

  it('is not launched where the quota has no room, and the quota is named', async () => {
    const { machines, instances } = machinesAt(aws.url, home);
    aws.world.quotas.set('Running On-Demand P instances', 8);
    const offer = await offerOf(instances, { type: 'p5.48xlarge' });
    expect(offer).toMatchObject({ possible: false });
    expect(offer?.why).toMatch(/“Running On-Demand P instances” is 8 vCPUs, .*needs 192.*quotas\/L-417A185B/);
    machines.dispose();
  });

  it('goes behind a security group that lets SSH in, where there is one', async () => {
    const { Vpcs: [vpc] = [] } = await ec2.send(
      new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }),
    );
    const VpcId = vpc?.VpcId ?? '';
    const { GroupId } = await ec2.send(
      new CreateSecurityGroupCommand({ GroupName: 'ssh', Description: 'ssh', VpcId }),
    );
    const IpPermissions = [
      { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '203.0.113.0/24' }] },
    ];
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    const { machines, instances } = machinesAt(aws.url, home);
    const questions = await instances.launching.questions?.({ type: 'g5.xlarge' }, signal);
    const firewall = questions?.find(({ setting }) => setting === 'firewall')?.choices[0];
    expect(firewall).toMatchObject({ value: GroupId, label: 'ssh' });
    expect(firewall?.description).toContain('SSH from 203.0.113.0/24');
    expect((await offerOf(instances, { type: 'g5.xlarge' }))?.why).not.toContain('no SSH');
    machines.dispose();
  });

  it('runs with the person’s own key, its cap, its disk and no way around its own tokens', async () => {
    const { machines, instances } = machinesAt(aws.url, home);
    const approval = await approvedLaunch(instances, 'by-type', { type: 'g5.xlarge', disk: '200' });
    const id = await instances.launching.launch(approval, () => undefined, signal);
    const sent = new URLSearchParams(aws.asked('RunInstances').at(-1)?.body.toString());
    expect(sent.get('InstanceType')).toBe('g5.xlarge');
    expect(sent.get('BlockDeviceMapping.1.Ebs.VolumeSize')).toBe('200');
    expect(sent.get('MetadataOptions.HttpTokens')).toBe('required');
    expect(Buffer.from(sent.get('UserData') ?? '', 'base64').toString()).toBe(
      [
        '#cloud-config',
        'ssh_authorized_keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@here"]',
        'runcmd: ["shutdown -h +480"]',
        '',
      ].join('\n'),
    );
    expect(await instances.power.poweredOff?.(id, signal)).toBe('stop');
    const row = (await instances.list(signal)).find((one) => one.id === id);
    expect(row).toMatchObject({ label: 'by-type', state: 'running', hourlyUsd: 1.006 });
    machines.dispose();
  });

  it('costs as a spot instance what spot costs in its zone, also in its row', async () => {
    const { machines, instances } = machinesAt(aws.url, home);
    const offer = await offerOf(instances, { type: 'g5.xlarge', market: 'spot' });
    expect(offer).toMatchObject({ possible: true, spot: true });
    expect(offer?.hourlyUsd).toBeCloseTo(1.006 / 3);
    const approval = await approvedLaunch(instances, 'cheap', { type: 'g5.xlarge', market: 'spot' });
    const id = await instances.launching.launch(approval, () => undefined, signal);
    const row = (await instances.list(signal)).find((one) => one.id === id);
    expect(row?.spot).toBe(true);
    expect(row?.hourlyUsd).toBeGreaterThan(0.3);
    expect(row?.hourlyUsd).toBeLessThan(0.4);
    expect(row?.facts.find(([name]) => name === 'Price from')?.[1]).toContain('spot price in us-east-1');
    machines.dispose();
  });

  it('is another one where the one that was begun is terminated meanwhile', async () => {
    const { machines, instances } = machinesAt(aws.url, home);
    const approval = await approvedLaunch(instances, 'again');
    const end = aws.faults.begin({ kind: 'lost', of: ({ operation }) => operation === 'RunInstances' });
    await expect(instances.launching.launch(approval, () => undefined, signal)).rejects.toMatchObject({
      kind: 'network',
    });
    end();
    const { Reservations = [] } = await ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'tag:Name', Values: ['again'] }] }),
    );
    const ids = Reservations.flatMap(({ Instances = [] }) =>
      Instances.flatMap((one) => one.InstanceId ?? []),
    );
    expect(ids).toHaveLength(1);
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }));
    const id = await instances.launching.launch(approval, () => undefined, signal);
    expect(id).not.toBe(`aws/${region}/${ids[0] ?? ''}`);
    machines.dispose();
  });
});
