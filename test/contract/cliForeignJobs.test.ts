import { DeleteTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { FakeAwsJobs } from '../fakes/aws/fakeAwsJobs';
import { awsEnvironment } from '../fakes/aws/testAccount';
import { TestAws } from './awsHarness';

const aws = new TestAws('us-east-1');
let home = '';
let jobs: FakeAwsJobs;

beforeAll(async () => {
  jobs = await FakeAwsJobs.make(aws.aws);
});

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'trainyard-foreign-'));
});
afterEach(() => rm(home, { recursive: true, force: true, maxRetries: 10 }));

/** The program that ships, in a process of its own. */
function trainyard(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, ...awsEnvironment(aws.aws.url), TRAINYARD_HOME: home };
  return new Promise((done) => {
    execFile(process.execPath, [resolve('dist/cli.js'), ...words], { env }, (error, out, err) => {
      done({ code: error ? Number(error.code ?? 1) : 0, out, err });
    });
  });
}

test(
  'a job that others started is listed, followed and stopped from the command line by its platform’s name',
  { timeout: 300_000 },
  async () => {
    await jobs.create('Their-Job', 'trap "echo saved; exit 0" TERM; echo begun; sleep 600 & wait');
    await trainyard('connections', 'add', 'aws', 'us-east-1');

    const before = await trainyard('logs', 'Their-Job');
    expect(before).toMatchObject({ code: 2, out: '' });
    expect(before.err).toContain('There is no job called "Their-Job"');

    expect((await trainyard('jobs')).out).not.toContain('Their-Job');
    const listed = JSON.parse((await trainyard('jobs', '--all', '--json')).out) as object[];
    expect(listed).toMatchObject([{ id: 'Their-Job', connection: 'aws/us-east-1', nodes: null }]);

    const stopped = await trainyard('stop', 'Their-Job', '--json');
    expect({ ...stopped, out: JSON.parse(stopped.out) as unknown }).toMatchObject({
      code: 0,
      out: { state: 'stopped' },
    });
    expect((await jobs.describe('Their-Job')).TrainingJobStatus).toBe('Stopped');
    expect((await trainyard('logs', 'Their-Job')).out).toBe('begun\nsaved\n');
    // Now it is one of the jobs here, and once.
    const all = JSON.parse((await trainyard('jobs', '--all', '--json')).out) as object[];
    expect(all).toMatchObject([{ name: 'Their-Job', state: 'stopped', nodes: 1 }]);
  },
);

test('a job that is only in the list as it was last read is said to be gone, and leaves the list', async () => {
  await jobs.create('Gone-Job', 'true');
  await jobs.end('Gone-Job');
  await trainyard('connections', 'add', 'aws', 'us-east-1');
  expect((await trainyard('jobs', '--all')).out).toContain('Gone-Job');
  await jobs.sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: 'Gone-Job' }));
  const logs = await trainyard('logs', 'Gone-Job');
  expect(logs.code).toBe(4);
  expect(logs.err).toContain('Gone-Job');
  expect((await trainyard('logs', 'Gone-Job')).code).toBe(2);
});
