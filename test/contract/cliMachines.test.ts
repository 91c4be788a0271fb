import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AwsConsole } from '../fakes/aws/awsConsole';
import { awsEnvironment } from '../fakes/aws/testAccount';
import { TestAws } from './awsHarness';

const region = 'us-east-1';
const aws = new TestAws(region);
let home = '';
let person: AwsConsole;

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command line of a person whose AWS is the fake, without a terminal to ask in. */
function trainyard(...words: string[]): Promise<Run> {
  const env = { ...process.env, ...awsEnvironment(aws.aws.url), TRAINYARD_HOME: home };
  return new Promise((done) => {
    execFile(process.execPath, [resolve('dist/cli.js'), ...words], { env }, (error, out, err) => {
      done({ code: Number(error?.code ?? 0), out, err });
    }).stdin?.end();
  });
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'trainyard-cli-machines-'));
  person = new AwsConsole(aws.aws, region);
  expect((await trainyard('connections', 'add', 'aws', region)).code).toBe(0);
  await person.stop((await person.run('g5.xlarge', { Name: 'asleep' })).id);
  await person.run('g5.xlarge', { Name: 'twin' });
  await person.run('g5.xlarge', { Name: 'twin' });
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe('machines of a cloud on the command line', () => {
  it('are listed with what they are and cost', async () => {
    const { out, err } = await trainyard('machines');
    expect(err).toBe('');
    expect(out).toMatch(/^ID +NAME +STATE +WHAT +PRICE$/m);
    expect(out).toMatch(/^aws\/us-east-1\/i-\w+ +asleep +stopped +g5\.xlarge · 1×A10G +\$1\.01\/h$/m);
  });

  it('are started and stopped by their name, and the price stands before the start', async () => {
    const started = await trainyard('machines', 'start', 'asleep', '--yes', '--json');
    expect(started).toMatchObject({ code: 0, err: expect.stringContaining('$1.01/h') as string });
    expect(JSON.parse(started.out)).toMatchObject({ state: 'running' });
    const stopped = await trainyard('machines', 'stop', 'asleep');
    expect(stopped).toMatchObject({ code: 0, out: 'asleep stopped\n' });
  });

  it('are not started without a yes', async () => {
    const before = aws.aws.asked('StartInstances').length;
    expect((await trainyard('machines', 'start', 'asleep')).code).not.toBe(0);
    expect(aws.aws.asked('StartInstances')).toHaveLength(before);
  });

  it('are not guessed: a name that several have asks for the id, and one that nobody has is said', async () => {
    const twice = await trainyard('machines', 'stop', 'twin');
    expect(twice).toMatchObject({ code: 2, err: expect.stringContaining('aws/us-east-1/i-') as string });
    const none = await trainyard('machines', 'stop', 'nobody');
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('no machine called') as string });
    expect((await trainyard('machines', 'reboot', 'asleep')).code).toBe(2);
  });

  it('have their idle shutdown told, set and turned off', async () => {
    aws.aws.studio.seed('studio', 'ml.g5.xlarge');
    const told = await trainyard('machines', 'idle', 'studio');
    expect(told).toMatchObject({
      code: 0,
      out: 'studio: SageMaker stops it after 120 minutes without use\n',
    });
    const set = await trainyard('machines', 'idle', 'studio', '60', '--json');
    expect(set).toMatchObject({ code: 0, err: expect.stringContaining('SageMaker Distribution') as string });
    expect(JSON.parse(set.out)).toMatchObject({ minutes: 60, stops: true });
    const off = await trainyard('machines', 'idle', 'studio', 'off', '--json');
    expect(JSON.parse(off.out)).toMatchObject({ minutes: null });
  });

  it.each(['59', '600000', 'soon', '60.5', ''])('take no idle shutdown of "%s" minutes', async (minutes) => {
    aws.aws.studio.seed('studio', 'ml.g5.xlarge');
    const before = aws.aws.asked('UpdateSpace').length;
    const { code, err } = await trainyard('machines', 'idle', 'studio', minutes);
    expect([code, err]).toEqual([2, expect.stringContaining('from 60 to 525600')]);
    expect(aws.aws.asked('UpdateSpace')).toHaveLength(before);
  });

  it('are not given an idle shutdown that would stop nothing', async () => {
    aws.aws.studio.seed('studio', 'ml.g5.xlarge');
    aws.aws.studio.idle = { LifecycleManagement: 'DISABLED' };
    const { code, err } = await trainyard('machines', 'idle', 'studio', '60');
    expect([code, err]).toEqual([4, expect.stringContaining('has idle shutdown off')]);
    const started = await trainyard('machines', 'start', 'studio', '--yes');
    expect(started.err).toContain('nothing stops it by itself');
    const other = await trainyard('machines', 'idle', 'twin');
    expect(other.code).toBe(2);
    const watched = await trainyard('machines', 'idle', 'asleep', '60');
    expect([watched.code, watched.err]).toEqual([2, expect.stringContaining('watchdog')]);
  });

  it('say what AWS refused', async () => {
    const end = aws.aws.faults.begin({
      kind: 'denied',
      of: ({ operation }) => operation === 'StartInstances',
    });
    const refused = await trainyard('machines', 'start', 'asleep', '--yes');
    expect(refused).toMatchObject({
      code: 4,
      err: expect.stringContaining('ec2:StartInstances') as string,
    });
    end();
  });
});
