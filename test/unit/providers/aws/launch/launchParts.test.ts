import type { Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settledSettings } from '../../../../../src/core/launchSettings';
import { launchImages } from '../../../../../src/providers/aws/launch/launchImages';
import { keyChoices, launchKey } from '../../../../../src/providers/aws/launch/launchKeys';
import {
  launchFirewalls,
  launchNetworks,
  sshText,
} from '../../../../../src/providers/aws/launch/launchNetwork';
import { launchQuota } from '../../../../../src/providers/aws/launch/launchQuota';
import { shapeRequest } from '../../../../../src/providers/aws/launch/launchRequest';
import type { LaunchType } from '../../../../../src/providers/aws/launch/launchTypes';
import { failing, ScriptedAccount } from '../../../../fakes/aws/scriptedAccount';

const { signal } = new AbortController();
const account = (answers: ConstructorParameters<typeof ScriptedAccount>[1]) =>
  new ScriptedAccount('us-east-1', answers);
const type: LaunchType = {
  ...{ name: 'g5.xlarge', cpus: 4, memoryGb: 16, gpus: '1×A10G' },
  ...{ architecture: 'x86_64', spot: true, onDemand: true },
};

describe('what nobody chose', () => {
  const questions = [
    {
      setting: 'market',
      question: '',
      choices: [
        { value: 'on-demand', label: '' },
        { value: 'spot', label: '' },
      ],
    },
    { setting: 'disk', question: '', choices: [{ value: '100', label: '' }] },
  ] as const;

  it('is the first choice, and so is what is there no more', () => {
    expect(settledSettings(questions, { market: 'spot', disk: '50' })).toEqual({
      market: 'spot',
      disk: '100',
    });
    expect(settledSettings(questions, {})).toEqual({ market: 'on-demand', disk: '100' });
  });
});

describe('images', () => {
  const image = (Name: string, day: string) => ({
    ...{ ImageId: `${Name} ${day}`, Name: `${Name} ${day}`, CreationDate: day, RootDeviceName: '/dev/sda1' },
    BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeSize: 75 } }],
  });
  const torch = (version: string) =>
    `Deep Learning OSS Nvidia Driver AMI GPU PyTorch ${version} (Ubuntu 24.04)`;

  it('are the newest of each kind, the newest PyTorch first, with the size of their disk', async () => {
    const Images = [
      image('Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04)', '20260401'),
      image(torch('2.9'), '20260103'),
      image(torch('2.10'), '20260301'),
      image(torch('2.9'), '20260317'),
    ];
    const found = await launchImages(account({ DescribeImages: () => ({ Images }) }), type, signal);
    expect(found.map(({ name }) => name)).toEqual([
      `${torch('2.10')} 20260301`,
      `${torch('2.9')} 20260317`,
      'Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) 20260401',
    ]);
    expect(found[0]?.diskGb).toBe(75);
  });

  it.each([
    [{ ...type, name: 'p3.2xlarge', gpus: '1×V100' }, /Proprietary/],
    [{ ...type, name: 'g5g.xlarge', architecture: 'arm64' }, /ARM64/],
    [type, /OSS Nvidia Driver AMI GPU/],
  ])('have the driver for the GPU of %o', async (of, names) => {
    let asked: unknown;
    const scripted = account({
      DescribeImages: (input) => {
        asked = input;
        return { Images: [image('Deep Learning', '20260101')] };
      },
    });
    await launchImages(scripted, of, signal);
    expect(JSON.stringify(asked)).toMatch(names);
    expect(asked).toMatchObject({ Owners: ['amazon'] });
  });

  it('of which there are none are said to be none', async () => {
    await expect(launchImages(account({ DescribeImages: () => ({}) }), type, signal)).rejects.toThrow(
      /launch template/,
    );
  });
});

describe('keys', () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'trainyard-keys-'));
    mkdirSync(join(home, '.ssh'));
    writeFileSync(join(home, '.ssh', 'work.pem'), '');
    writeFileSync(join(home, '.ssh', 'id_ed25519.pub'), 'ssh-ed25519 AAAA me\n');
    writeFileSync(join(home, '.ssh', 'id_rsa.pub'), 'not a key: [');
  });
  afterAll(() => {
    rmSync(home, { recursive: true });
  });

  it('that this computer has come first, and none is a choice too', async () => {
    const KeyPairs = [{ KeyName: 'elsewhere' }, { KeyName: 'work' }];
    const found = await keyChoices(account({ DescribeKeyPairs: () => ({ KeyPairs }) }), home, signal);
    expect(found.map(({ value }) => value)).toEqual([
      ...['pair:work', 'own:id_ed25519', 'own:id_rsa', 'pair:elsewhere', 'none'],
    ]);
  });

  it('are read when they are used, and no other file is', async () => {
    expect(await launchKey('own:id_ed25519', home)).toEqual({ publicKey: 'ssh-ed25519 AAAA me' });
    expect(await launchKey('pair:work', home)).toEqual({ pair: 'work' });
    expect(await launchKey('none', home)).toBeUndefined();
    await expect(launchKey('own:id_rsa', home)).rejects.toThrow(/no public key/);
    await expect(launchKey('own:../work', home)).rejects.toThrow(/no public key/);
  });
});

describe('networks', () => {
  const subnet = (SubnetId: string, zone: string, more: object = {}) => ({
    ...{ SubnetId, VpcId: 'vpc-1', AvailabilityZone: zone, CidrBlock: '10.0.0.0/24' },
    ...more,
  });
  const DescribeInstanceTypeOfferings = () => ({ InstanceTypeOfferings: [{ Location: 'us-east-1b' }] });

  it('are those where AWS has the type, the default one first', async () => {
    const Subnets = [
      subnet('subnet-a', 'us-east-1a', { DefaultForAz: true, MapPublicIpOnLaunch: true }),
      subnet('subnet-private', 'us-east-1b'),
      subnet('subnet-b', 'us-east-1b', { DefaultForAz: true, MapPublicIpOnLaunch: true }),
    ];
    const found = await launchNetworks(
      account({ DescribeSubnets: () => ({ Subnets }), DescribeInstanceTypeOfferings }),
      'g5.xlarge',
      signal,
    );
    expect(found.map(({ id, isPublic }) => [id, isPublic])).toEqual([
      ['any', true],
      ['subnet-b', true],
      ['subnet-private', false],
    ]);
  });

  it.each([
    [
      { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
      'SSH from anywhere',
    ],
    [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '10.0.0.0/8' }] }, 'SSH from 10.0.0.0/8'],
    [
      { IpProtocol: 'tcp', FromPort: 0, ToPort: 65_535, Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
      'SSH from anywhere',
    ],
    [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }, 'SSH is closed'],
    [{ IpProtocol: 'udp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }, 'SSH is closed'],
    [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: 'sg-1' }] }, 'SSH is closed'],
  ])('a rule %o: %s', async (rule, text) => {
    const SecurityGroups = [{ GroupId: 'sg-1', GroupName: 'x', IpPermissions: [rule] }];
    const scripted = account({ DescribeSecurityGroups: () => ({ SecurityGroups }) });
    const [found] = await launchFirewalls(scripted, 'vpc-1', signal);
    expect(found && sshText(found)).toBe(text);
  });
});

describe('the quota', () => {
  const quotaOf = (Value: number) =>
    account({ GetServiceQuota: () => ({ Quota: { Value, QuotaName: 'G' } }) });
  const one = (InstanceType: string, more: object = {}) =>
    ({ InstanceType, CpuOptions: { CoreCount: 4, ThreadsPerCore: 2 }, ...more }) as Ec2Instance;
  const running = () =>
    Promise.resolve([
      one('g4dn.2xlarge'),
      one('g6.2xlarge', { InstanceLifecycle: 'spot' }),
      one('m5.2xlarge'),
    ]);

  it.each([
    [12, true, /12 vCPUs, and 8 of them run/],
    [11, false, /“G” is 11 vCPUs, 8 of them run, and it needs 4/],
    [0, false, /is 0 vCPUs, 8 of them run, and it needs 4/],
  ])('of %s vCPUs with 8 of its kind that run: %s', async (value, fits, note) => {
    const fit = await launchQuota(quotaOf(value), type, false, running, signal);
    expect(fit).toMatchObject({ fits, note: expect.stringMatching(note) as string });
  });

  it('that nobody may look at is no obstacle, and neither is a family without one', async () => {
    const denied = account({ GetServiceQuota: failing('forbidden', 'no') });
    expect(await launchQuota(denied, type, false, running, signal)).toMatchObject({ fits: true });
    const other = { ...type, name: 'trn1.2xlarge' };
    expect(await launchQuota(denied, other, false, running, signal)).toEqual({ fits: true, note: '' });
    expect(denied.asked).toEqual(['GetServiceQuota']);
  });
});

describe('the request', () => {
  const shape = {
    type: 'g5.xlarge',
    spot: true,
    image: 'ami-1',
    rootDevice: '/dev/xvda',
    diskGb: 100,
    key: undefined,
  };
  const launch = { source: { settings: {} }, name: 'mine', maxHours: null };

  it('of a spot instance names no shutdown behaviour, as AWS takes none', () => {
    const request = shapeRequest(launch, shape, 'token');
    expect(request.InstanceInitiatedShutdownBehavior).toBeUndefined();
    expect(request.InstanceMarketOptions).toEqual({ MarketType: 'spot' });
    expect(request.UserData).toBeUndefined();
    expect(shapeRequest(launch, { ...shape, spot: false }, 'token').InstanceInitiatedShutdownBehavior).toBe(
      'stop',
    );
  });

  it('carries what finds the instance again', () => {
    const { ClientToken, TagSpecifications } = shapeRequest(launch, shape, 'token');
    expect(ClientToken).toBe('token');
    expect(TagSpecifications?.[0]?.Tags).toContainEqual({ Key: 'trainyard:launch', Value: 'token' });
  });
});
