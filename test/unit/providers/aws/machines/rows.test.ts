import type { Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import type { SpaceDetails } from '@aws-sdk/client-sagemaker';
import { describe, expect, it } from 'vitest';
import { amiUser } from '../../../../../src/providers/aws/machines/amiUser';
import { ec2Row } from '../../../../../src/providers/aws/machines/ec2Row';
import { remember } from '../../../../../src/providers/aws/machines/instanceMemory';
import { scriptFact } from '../../../../../src/providers/aws/machines/notebookIdle';
import { notebookRow } from '../../../../../src/providers/aws/machines/notebookRow';
import { sessionCommand } from '../../../../../src/providers/aws/machines/sessionManager';
import { spaceRow } from '../../../../../src/providers/aws/machines/spaceRow';
import { bundledDiskPrices, diskHourlyUsd } from '../../../../../src/providers/aws/prices/diskPrices';
import { unknownRate } from '../../../../../src/providers/aws/prices/ec2Prices';
import { anInstance } from '../../../../fakes/machines';

const none = { words: 'none', stops: false };
const rate = { hourlyUsd: 1.006, asOf: '2026-11-26', from: 'EC2’s price list' };
const around = {
  connection: 'aws/us-east-1',
  region: 'us-east-1',
  rates: new Map([['i-1', rate]]),
  diskUsd: bundledDiskPrices,
  gpus: new Map([['g5.xlarge', '1×A10G']]),
  disks: new Map([['i-1', [{ type: 'gp3', gigabytes: 365 }]]]),
};

const row = (changed: Partial<Ec2Instance>) =>
  ec2Row({ InstanceId: 'i-1', InstanceType: 'g5.xlarge', State: { Name: 'running' }, ...changed }, around);

describe('the row of an EC2 instance', () => {
  it.each([
    ['pending', 'starting', undefined],
    ['running', 'running', 'stop'],
    ['stopping', 'stopping', undefined],
    ['shutting-down', 'stopping', undefined],
    ['stopped', 'stopped', 'start'],
    ['a word of next year', 'unknown', undefined],
  ] as const)('of state %s is %s, and offers %s', (word, state, power) => {
    const found = row({ State: { Name: word as 'running' } });
    expect([found?.state, found?.power]).toEqual([state, power]);
  });

  it('is none once it was terminated', () => {
    expect(row({ State: { Name: 'terminated' } })).toBeUndefined();
  });

  it('has its name, type, GPUs, rate, and since when it is paid for', () => {
    const LaunchTime = new Date(1_700_000_000_000);
    expect(row({ LaunchTime, Tags: [{ Key: 'Name', Value: 'gpu-1' }] })).toMatchObject({
      id: 'aws/us-east-1/i-1',
      label: 'gpu-1',
      hardware: 'g5.xlarge · 1×A10G',
      hourlyUsd: 1.006,
      runningSince: 1_700_000_000_000,
    });
  });

  it('says what its disks cost while it is stopped, and no uptime', () => {
    const found = row({ State: { Name: 'stopped' }, LaunchTime: new Date() });
    expect(found?.stoppedHourlyUsd).toBeCloseTo(0.04);
    expect(found?.runningSince).toBeUndefined();
    expect(found?.attachable).toBe(false);
  });

  it('has no price where none is known, which is not free', () => {
    const found = row({ InstanceId: 'i-2' });
    expect([found?.hourlyUsd, found?.pricesAsOf]).toEqual([null, undefined]);
    expect(found?.facts.map(([name]) => name)).not.toContain('Price from');
  });

  it('says by what list it is priced, of which day', () => {
    expect(row({})).toMatchObject({ hourlyUsd: 1.006, pricesAsOf: '2026-11-26' });
    expect(row({})?.facts).toContainEqual(['Price from', 'EC2’s price list']);
  });

  it('says that it is a spot instance', () => {
    expect(row({ InstanceLifecycle: 'spot' })).toMatchObject({ spot: true });
    expect(row({})?.spot).toBeUndefined();
  });
});

describe('the user of an image', () => {
  it.each([
    ['Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) 20261001', 'ubuntu'],
    ['Deep Learning OSS Nvidia Driver AMI GPU PyTorch 2.7 (Amazon Linux 2023)', 'ec2-user'],
    ['debian-12-amd64-20260101-1234', 'admin'],
    ['Rocky-9-EC2-Base-9.4', 'rocky'],
    ['al2023-ami-2023.5', 'ec2-user'],
    ['', 'ec2-user'],
  ])('%s is %s', (image, user) => {
    expect(amiUser(image)).toBe(user);
  });
});

describe('the price of disks', () => {
  it('is the sum over a month of 730 hours', () => {
    expect(
      diskHourlyUsd([
        { type: 'gp3', gigabytes: 730 },
        { type: 'gp2', gigabytes: 73 },
      ]),
    ).toBeCloseTo(0.09);
  });

  it('is not known where one’s type is not', () => {
    expect(diskHourlyUsd([{ type: 'gp9', gigabytes: 1 }])).toBeUndefined();
  });
});

describe('a machine that a list lacks', () => {
  const listed = (...ids: string[]) => ({ rows: ids.map((id) => anInstance({ id })), gone: [] });
  const ids = ({ rows }: { readonly rows: readonly { readonly id: string }[] }) => rows.map(({ id }) => id);

  it('is forgotten only after three lists over five minutes', () => {
    const first = remember(undefined, listed('a', 'b'), 0);
    const second = remember(first, listed('a'), 0);
    const third = remember(second, listed('a'), 200_000);
    expect([ids(second), ids(third)]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(ids(remember(third, listed('a'), 290_000))).toEqual(['a', 'b']);
    expect(ids(remember(third, listed('a'), 300_000))).toEqual(['a']);
  });

  it('is forgotten at once where AWS says that it is no more', () => {
    const first = remember(undefined, listed('a', 'b'), 0);
    expect(ids(remember(first, { ...listed('a'), gone: ['b'] }, 1))).toEqual(['a']);
  });

  it('counts anew when it was there in between', () => {
    const gone = remember(remember(undefined, listed('b'), 0), listed(), 0);
    const back = remember(gone, listed('b'), 400_000);
    expect(ids(remember(back, listed(), 500_000))).toEqual(['b']);
  });
});

describe('a SageMaker notebook instance', () => {
  it('runs, is opened and stopped', () => {
    const found = {
      NotebookInstanceName: 'lab',
      NotebookInstanceArn: '',
      NotebookInstanceStatus: 'InService',
    } as const;
    expect(notebookRow(found, 'aws/us-east-1', rate, none)).toMatchObject({
      id: 'aws/us-east-1/notebook/lab',
      state: 'running',
      power: 'stop',
      hasPage: true,
      attachable: false,
    });
  });
});

describe('the idle shutdown of a notebook instance', () => {
  const hooks = (text: string) => [{ Content: Buffer.from(text).toString('base64') }];

  it.each([
    ['IDLE_TIME=3600\npython autostop.py --time $IDLE_TIME', /by its lifecycle script after 60 minutes/],
    ['aws sagemaker stop-notebook-instance --name x', /by its lifecycle script without use/],
    ['pip install torch', /^none/],
  ])('of a script %j', (script, words) => {
    expect(scriptFact(hooks(script)).words).toMatch(words);
  });

  it('is none without one', () => {
    expect(scriptFact([])).toMatchObject({ words: expect.stringMatching(/^none/) as string, stops: false });
  });
});

describe('a Studio space', () => {
  const space: SpaceDetails = {
    DomainId: 'd-1',
    SpaceName: 'ana',
    Status: 'InService',
    SpaceSettingsSummary: { AppType: 'JupyterLab' },
  };

  it('is stopped without an app, and can be started', () => {
    const found = spaceRow(
      { space, app: undefined, machine: undefined, idle: none },
      'aws/us-east-1',
      unknownRate,
    );
    expect(found).toMatchObject({ id: 'aws/us-east-1/space/d-1/ana', state: 'stopped', power: 'start' });
  });

  it('runs with its app, on the app’s machine, and says what is known of its idle shutdown', () => {
    const app = { Status: 'InService', ResourceSpec: { InstanceType: 'ml.g5.xlarge' } } as const;
    const machine = { name: 'ml.g5.xlarge', isDefault: false };
    const found = spaceRow({ space, app, machine, idle: none }, 'aws/us-east-1', rate);
    expect(found).toMatchObject({ state: 'running', power: 'stop', hardware: 'ml.g5.xlarge', hasPage: true });
    expect(found?.facts).toContainEqual(['Idle shutdown', 'none']);
  });
});

describe('the way through Systems Manager', () => {
  it('is words of a program, whatever the profile is called', () => {
    const target = { instance: 'i-1', port: 22, region: 'us-east-1', profile: '$(x) y', endpointUrl: '' };
    expect(sessionCommand(target)).toEqual([
      ...['aws', 'ssm', 'start-session', '--target', 'i-1', '--document-name', 'AWS-StartSSHSession'],
      ...['--parameters', 'portNumber=22', '--region', 'us-east-1', '--profile', '$(x) y'],
    ]);
  });
});
