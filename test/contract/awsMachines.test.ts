import {
  AuthorizeSecurityGroupIngressCommand,
  CreateLaunchTemplateCommand,
  CreateSecurityGroupCommand,
  DescribeInstancesCommand,
  DescribeVpcsCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { CreateNotebookInstanceCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approve } from '../../src/core/costGuard';
import type { Instances, LaunchSettings } from '../../src/core/instance';
import type { Settings } from '../../src/core/settings';
import { AwsMachines } from '../../src/providers/aws/machines/awsMachines';
import { FakeAws } from '../fakes/aws/fakeAws';
import { approvedLaunch, chosenSettings, machinesAt } from '../fakes/aws/launching';
import { testAccount, testKeys } from '../fakes/aws/testAccount';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { readJob } from '../fakes/jobSpec';
import { workplace } from '../fakes/workplace';
import { instancesContract, start } from './instances.contract';

const { signal } = new AbortController();
const region = 'us-east-1';

/** What a test changes an account with, behind Trainyard's back. */
class Console {
  private readonly config;
  readonly ec2: EC2Client;
  readonly sagemaker: SageMakerClient;

  constructor(url: string) {
    this.config = { endpoint: url, region, credentials: testKeys };
    this.ec2 = new EC2Client(this.config);
    this.sagemaker = new SageMakerClient(this.config);
  }

  async run(
    type: string,
    tags: Readonly<Record<string, string>> = {},
  ): Promise<{ id: string; address: string }> {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const made = await this.ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-1e749f67',
        InstanceType: type as 'g5.xlarge',
        MinCount: 1,
        MaxCount: 1,
        ...(Tags.length > 0 && { TagSpecifications: [{ ResourceType: 'instance', Tags }] }),
      }),
    );
    const [one] = made.Instances ?? [];
    return { id: one?.InstanceId ?? '', address: one?.PublicIpAddress ?? '' };
  }

  async notebook(name: string): Promise<void> {
    await this.sagemaker.send(
      new CreateNotebookInstanceCommand({
        NotebookInstanceName: name,
        InstanceType: 'ml.p3.2xlarge',
        RoleArn: 'arn:aws:iam::123456789012:role/any',
      }),
    );
  }
}

let aws: FakeAws;
let person: Console;
beforeAll(async () => {
  aws = await FakeAws.start();
  person = new Console(aws.url);
});
afterAll(async () => {
  // All of it as AWS describes it.
  expect(aws.problems()).toEqual([]);
  await aws.stop();
});

function open(settings: Partial<Settings> = {}, home = join(tmpdir(), 'no-such-trainyard-home')) {
  const context = { ...workplace({ ...settings, 'trainyard.aws.endpointUrl': aws.url }), home };
  const quick = async () => {
    await Promise.resolve();
  };
  const machines = new AwsMachines(context, quick);
  return { machines, instances: machines.instances(testAccount(aws.url, region)) };
}

instancesContract('EC2 instances and notebooks', () => {
  const opened: AwsMachines[] = [];
  return {
    start: async () => {
      await person.run('g5.xlarge', { Name: 'contract' });
      await person.notebook('contract');
      const { machines, instances } = open();
      opened.push(machines);
      return instances;
    },
    stop: () => {
      for (const one of opened) one.dispose();
      return Promise.resolve();
    },
  };
});

describe('machines of an AWS connection', () => {
  it('are the EC2 instances with GPUs and those tagged for Trainyard, with type, GPUs, rate and address', async () => {
    const gpu = await person.run('g5.xlarge', { Name: 'gpu-1' });
    const tagged = await person.run('m5.large', { 'trainyard:machine': 'x' });
    const plain = await person.run('m5.large');
    const { machines, instances } = open();
    const all = await instances.list(signal);
    const found = all.find(({ id }) => id === `aws/${region}/${gpu.id}`);
    expect(found).toMatchObject({
      label: 'gpu-1',
      state: 'running',
      hourlyUsd: 1.006,
      hardware: 'g5.xlarge · 1×A10G',
      power: 'stop',
    });
    expect(found?.runningSince).toBeGreaterThan(Date.now() - 600_000);
    expect(found?.facts).toContainEqual(['Address', gpu.address]);
    const ids = all.map(({ id }) => id);
    expect(ids).toContain(`aws/${region}/${tagged.id}`);
    expect(ids).not.toContain(`aws/${region}/${plain.id}`);
    machines.dispose();
  });

  it('are gone at once when AWS says that they were terminated', async () => {
    const { id } = await person.run('g5.xlarge');
    const one = open();
    expect((await one.instances.list(signal)).map((row) => row.id)).toContain(`aws/${region}/${id}`);
    await person.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await expect(
      one.instances.power.stop(`aws/${region}/${id}`, () => undefined, signal),
    ).rejects.toMatchObject({
      kind: 'notFound',
    });
    const other = open();
    expect((await other.instances.list(signal)).map((row) => row.id)).not.toContain(`aws/${region}/${id}`);
    one.machines.dispose();
    other.machines.dispose();
  });

  it('say so aloud where a stop is not allowed', async () => {
    const { id } = await person.run('g5.xlarge');
    const { machines, instances } = open();
    const end = aws.faults.begin({ kind: 'denied', of: ({ operation }) => operation === 'StopInstances' });
    await expect(instances.power.stop(`aws/${region}/${id}`, () => undefined, signal)).rejects.toMatchObject({
      kind: 'forbidden',
      message: expect.stringContaining('goes on costing') as string,
    });
    end();
    machines.dispose();
  });

  it('are shown although one kind of them can’t be listed, with what is wrong', async () => {
    await person.run('g5.xlarge');
    const { machines, instances } = open();
    const end = aws.faults.begin({
      kind: 'expired',
      of: ({ operation }) => operation === 'ListNotebookInstances',
    });
    expect((await instances.list(signal)).length).toBeGreaterThan(0);
    expect(instances.troubles.map(({ message }) => message).join()).toContain('notebook instances');
    end();
    machines.dispose();
  });

  it('have notebook instances with SageMaker’s own rate, which are started and stopped', async () => {
    await person.notebook('lab');
    const home = mkdtempSync(join(tmpdir(), 'trainyard-aws-'));
    const { machines, instances } = open({}, home);
    const id = `aws/${region}/notebook/lab`;
    const row = async () => (await instances.list(signal)).find((one) => one.id === id);
    expect(await row()).toMatchObject({
      state: 'running',
      hardware: 'ml.p3.2xlarge',
      hourlyUsd: 3.825,
      power: 'stop',
      hasPage: true,
      attachable: false,
    });
    await instances.power.stop(id, () => undefined, signal);
    expect(await row()).toMatchObject({ state: 'stopped', power: 'start', hasPage: false });
    await start(instances.power, id, () => undefined);
    expect((await row())?.state).toBe('running');
    machines.dispose();
    rmSync(home, { recursive: true });
  });
});

describe('an EC2 instance that is launched from a template', () => {
  let home: string;
  let template: string;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'trainyard-launch-'));
    const made = await person.ec2.send(
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
    const { machines, instances } = open({}, home);
    expect((await instances.launching.templates(signal)).map(({ label }) => label)).toContain('gpu');
    const id = await launch(instances, 'mine');
    const row = (await instances.list(signal)).find((one) => one.id === id);
    expect(row).toMatchObject({ label: 'mine', state: 'running', hourlyUsd: 1.006 });
    expect(await instances.power.poweredOff?.(id, signal)).toBe('stop');
    const sent = new URLSearchParams(aws.asked('RunInstances').at(-1)?.body.toString());
    expect(Buffer.from(sent.get('UserData') ?? '', 'base64').toString()).toContain('shutdown -h +480');
    machines.dispose();
  });

  it('is one, although the answer was lost and it is asked for again', async () => {
    const { machines, instances } = open({}, home);
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
    const other = open({}, home);
    const before = aws.asked('RunInstances').length;
    const id = await launch(other.instances, 'twice');
    expect(aws.asked('RunInstances').length).toBe(before);
    expect((await other.instances.list(signal)).map((one) => one.id)).toContain(id);
    machines.dispose();
    other.machines.dispose();
  });
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
    const { Vpcs: [vpc] = [] } = await person.ec2.send(
      new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }),
    );
    const VpcId = vpc?.VpcId ?? '';
    const { GroupId } = await person.ec2.send(
      new CreateSecurityGroupCommand({ GroupName: 'ssh', Description: 'ssh', VpcId }),
    );
    const IpPermissions = [
      { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '203.0.113.0/24' }] },
    ];
    await person.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
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
    const { Reservations = [] } = await person.ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'tag:Name', Values: ['again'] }] }),
    );
    const ids = Reservations.flatMap(({ Instances = [] }) =>
      Instances.flatMap((one) => one.InstanceId ?? []),
    );
    expect(ids).toHaveLength(1);
    await person.ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }));
    const id = await instances.launching.launch(approval, () => undefined, signal);
    expect(id).not.toBe(`aws/${region}/${ids[0] ?? ''}`);
    machines.dispose();
  });
});

describe('the price of an EC2 instance', () => {
  it('is that of the bundled list where AWS does not say, which is said, and none where that has none', async () => {
    const one = await person.run('g5.xlarge');
    const other = await person.run('m5.metal', { 'trainyard:machine': 'x' });
    const home = mkdtempSync(join(tmpdir(), 'trainyard-prices-'));
    const end = aws.faults.begin({ kind: 'denied', of: ({ operation }) => operation === 'GetProducts' });
    const { machines, instances } = open({}, home);
    const rows = await instances.list(signal);
    end();
    const row = (id: string) => rows.find((found) => found.id === `aws/${region}/${id}`);
    expect(row(one.id)).toMatchObject({ hourlyUsd: 1.006, pricesAsOf: '2026-07-20' });
    expect(row(one.id)?.facts.find(([name]) => name === 'Price from')?.[1]).toContain('that Trainyard ships');
    expect(row(other.id)?.hourlyUsd).toBeNull();
    machines.dispose();
    rmSync(home, { recursive: true });
  });
});

describe('an EC2 instance that is attached', () => {
  let server: SshdServer;
  let folder: string;
  beforeAll(async () => {
    server = await SshdServer.start();
    folder = mkdtempSync(join(tmpdir(), 'trainyard-ec2-'));
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** As a person who writes how the address is reached; the address itself leads nowhere here. */
  function sshConfig(host: string): string {
    const path = join(folder, 'config');
    writeFileSync(
      path,
      [
        `Host ${host}`,
        `  HostName ${server.address}`,
        `  Port ${server.port}`,
        `  IdentityFile ${server.clientKeyPath}`,
        `  UserKnownHostsFile ${join(folder, 'known_hosts')}`,
        '  StrictHostKeyChecking accept-new',
        '',
      ].join('\n'),
    );
    return path;
  }

  it('runs programs and jobs as any SSH machine, and its key is known by the instance’s id', async () => {
    const made = await person.run('g5.xlarge', { Name: 'gpu-1', 'trainyard:user': server.user });
    const { machines, instances } = open({ 'trainyard.ssh.configFile': sshConfig(made.address) });
    const id = `aws/${region}/${made.id}`;
    await instances.list(signal);
    const machine = instances.machine(id);
    await machine.attach({}, signal);
    expect((await machine.run(['echo', 'hello'], {}, signal)).stdout).toBe('hello\n');
    expect(machines.attached().map((one) => one.id)).toEqual([id]);
    const connection = machines.jobConnection(id);
    const [offer] =
      (await connection?.trainingJobs?.plan(
        readJob(`resources: {infra: ${id}}\nrun: echo hi`).spec,
        signal,
      )) ?? [];
    expect(offer).toMatchObject({ connection: id, possible: true, hourlyUsd: 1.006 });
    machine.detach();
    expect(machines.attached()).toEqual([]);
    machines.dispose();
  });

  it('is not connected to while it is stopped, and the reason is said', async () => {
    const made = await person.run('g5.xlarge', { Name: 'asleep' });
    const { machines, instances } = open({ 'trainyard.ssh.configFile': sshConfig(made.address) });
    const id = `aws/${region}/${made.id}`;
    await instances.power.stop(id, () => undefined, signal);
    await expect(instances.machine(id).attach({ quiet: true }, signal)).rejects.toThrow(/Start it/);
    machines.dispose();
  });
});
