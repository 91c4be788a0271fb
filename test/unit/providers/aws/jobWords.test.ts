import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { expect, onTestFinished, test } from 'vitest';
import type { AwsAccount } from '../../../../src/providers/aws/account/account';
import { JobWords } from '../../../../src/providers/aws/jobs/jobWords';

const never = new AbortController().signal;

/** SageMaker in memory: what was asked, by the name of the command. */
class FakeSageMaker {
  readonly jobs = new Map<string, DescribeTrainingJobResponse>();
  readonly asked: string[] = [];
  readonly account = {
    connection: 'aws/us-east-1',
    region: 'us-east-1',
    profile: undefined,
    accountId: () => Promise.resolve('1'),
    ask: (
      _service: string,
      _what: string,
      call: (sdk: unknown, client: unknown, options: unknown) => unknown,
    ) =>
      call(
        {
          DescribeTrainingJobCommand: class {
            constructor(readonly describe: { TrainingJobName: string }) {}
          },
          ListTrainingJobsCommand: class {
            constructor(readonly list: { LastModifiedTimeAfter: Date }) {}
          },
        },
        { send: (command: Command) => this.send(command) },
        {},
      ),
  } as unknown as AwsAccount;

  set(name: string, changed: number): void {
    this.jobs.set(name, {
      TrainingJobName: name,
      LastModifiedTime: new Date(changed),
    } as DescribeTrainingJobResponse);
  }

  private send({ describe, list }: Command): Promise<unknown> {
    this.asked.push(describe ? 'describe' : 'list');
    if (describe) {
      const job = this.jobs.get(describe.TrainingJobName);
      if (job) return Promise.resolve(job);
      const error = new Error('Requested resource not found.');
      error.name = 'ValidationException';
      return Promise.reject(error);
    }
    const after = list?.LastModifiedTimeAfter.getTime() ?? 0;
    const changed = [...this.jobs.values()].filter((job) => (job.LastModifiedTime?.getTime() ?? 0) > after);
    return Promise.resolve({ TrainingJobSummaries: changed });
  }
}

interface Command {
  readonly describe?: { readonly TrainingJobName: string };
  readonly list?: { readonly LastModifiedTimeAfter: Date };
}

function place(claim?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-words-'));
  if (claim !== undefined) writeFileSync(join(folder, 'claim'), `${claim}\n`);
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

test('one list a round tells which of many jobs changed, and only those are asked for', async () => {
  const fake = new FakeSageMaker();
  let now = 1_000_000_000_000;
  const words = new JobWords(fake.account, () => now);
  const ids = Array.from({ length: 50 }, (_, i) => `job-${i}`);
  for (const id of ids) {
    fake.set(id, now - 1_000_000);
    words.follow(id);
    await words.get(id, '', 1000, never);
  }
  fake.asked.length = 0;
  now += 5000;
  fake.set('job-7', now - 1000);
  for (const id of ids) await words.get(id, '', 2500, never);
  expect(fake.asked).toEqual(['list', 'describe']);
  expect((await words.get('job-7', '', 2500, never)).LastModifiedTime?.getTime()).toBe(now - 1000);
});

test('a job that nobody submitted is not found; one that AWS has just made is not yet', async () => {
  const words = new JobWords(new FakeSageMaker().account, Date.now);
  await expect(words.get('no', place(), 0, never)).rejects.toMatchObject({ kind: 'notFound' });
  await expect(words.get('new', place('exists'), 0, never)).rejects.toMatchObject({ kind: 'unavailable' });
});

test('a job that somebody deleted is gone once it has been absent for a minute', async () => {
  const fake = new FakeSageMaker();
  let now = 0;
  const words = new JobWords(fake.account, () => now);
  fake.set('old', 0);
  await words.get('old', '', 0, never);
  fake.jobs.clear();
  now = 10_000;
  expect((await words.get('old', '', 0, never)).TrainingJobName).toBe('old');
  now = 80_000;
  await expect(words.get('old', '', 0, never)).rejects.toMatchObject({ kind: 'notFound' });
});
