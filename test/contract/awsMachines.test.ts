import { EC2Client, RunInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import {
  CreateNotebookInstanceCommand,
  DescribeNotebookInstanceLifecycleConfigCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Settings } from '../../src/core/settings';
import { AwsMachines } from '../../src/providers/aws/machines/awsMachines';
import { FakeAws } from '../fakes/aws/fakeAws';
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

describe('the idle shutdown of machines of an AWS connection', () => {
  const quiet = () => undefined;

  it('is set at a Studio space and turned off, and AWS understands each request', async () => {
    aws.studio.seed('idle-space', 'ml.g5.xlarge');
    const { machines, instances } = open();
    const id = `aws/${region}/space/d-1/idle-space`;
    const idle = async () => (await instances.list(signal)).find((one) => one.id === id)?.idle?.words;
    expect(await idle()).toBe('SageMaker stops it after 120 minutes without use');
    await instances.idleShutdown.set(id, 60, quiet, signal);
    expect(await idle()).toBe('SageMaker stops it after 60 minutes without use');
    expect(await instances.idleShutdown.look(id, signal)).toMatchObject({
      minutes: 60,
      least: 60,
      most: 525_600,
    });
    await instances.idleShutdown.set(id, null, quiet, signal);
    expect(await idle()).toBe('SageMaker stops it after 120 minutes without use');
    machines.dispose();
  });

  it('is a script of Trainyard’s own at a notebook instance, which goes with it', async () => {
    await person.notebook('watched');
    const { machines, instances } = open();
    const id = `aws/${region}/notebook/watched`;
    const idle = async () => (await instances.list(signal)).find((one) => one.id === id)?.idle;
    await expect(instances.idleShutdown.set(id, 60, quiet, signal)).rejects.toThrow(/Stop it first/);
    await instances.power.stop(id, quiet, signal);
    expect(await idle()).toMatchObject({ stops: false });
    await instances.idleShutdown.set(id, 60, quiet, signal);
    await instances.idleShutdown.set(id, 90, quiet, signal);
    expect(await idle()).toEqual({
      words: 'Trainyard’s script stops it after 90 minutes without use',
      stops: true,
    });
    const script = new DescribeNotebookInstanceLifecycleConfigCommand({
      NotebookInstanceLifecycleConfigName: 'trainyard-idle-watched',
    });
    const { OnStart: [hook] = [] } = await person.sagemaker.send(script);
    expect(Buffer.from(hook?.Content ?? '', 'base64').toString()).toContain('\nIDLE_MINUTES=90\n');
    await instances.idleShutdown.set(id, null, quiet, signal);
    expect(await idle()).toMatchObject({ stops: false });
    await expect(person.sagemaker.send(script)).rejects.toThrow(/does not exist/);
    machines.dispose();
  });

  it('that two windows set at the same time is that of one of them, and the other is told', async () => {
    await person.notebook('twice');
    const id = `aws/${region}/notebook/twice`;
    const [one, other] = [open(), open()];
    await one.instances.power.stop(id, quiet, signal);
    const ends = await Promise.allSettled([
      one.instances.idleShutdown.set(id, 60, quiet, signal),
      other.instances.idleShutdown.set(id, 120, quiet, signal),
    ]);
    const { minutes } = await one.instances.idleShutdown.look(id, signal);
    expect([60, 120]).toContain(minutes);
    // Whoever is told that it is set has what was set then.
    const lost = ends.filter(({ status }) => status === 'rejected');
    expect(lost.length).toBeLessThanOrEqual(1);
    one.machines.dispose();
    other.machines.dispose();
  });

  it('that AWS refuses is told aloud, and leaves nothing behind', async () => {
    await person.notebook('refused');
    const { machines, instances } = open();
    const id = `aws/${region}/notebook/refused`;
    await instances.power.stop(id, quiet, signal);
    const end = aws.faults.begin({
      kind: 'denied',
      of: ({ operation }) => operation === 'UpdateNotebookInstance',
    });
    await expect(instances.idleShutdown.set(id, 60, quiet, signal)).rejects.toMatchObject({
      kind: 'forbidden',
      message: expect.stringContaining('sagemaker:UpdateNotebookInstance') as string,
    });
    end();
    const script = new DescribeNotebookInstanceLifecycleConfigCommand({
      NotebookInstanceLifecycleConfigName: 'trainyard-idle-refused',
    });
    await expect(person.sagemaker.send(script)).rejects.toThrow(/does not exist/);
    machines.dispose();
  });

  it('of an EC2 instance is its watchdog', async () => {
    const { id } = await person.run('g5.xlarge');
    const { machines, instances } = open();
    const all = await instances.list(signal);
    expect(all.find((one) => one.id === `aws/${region}/${id}`)?.idle).toBeUndefined();
    await expect(instances.idleShutdown.look(`aws/${region}/${id}`, signal)).rejects.toThrow(/watchdog/);
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
