import { expect, test } from 'vitest';
import type { Access } from '../../../src/core/access';
import { ProviderError, SignInError } from '../../../src/core/errors';
import type { Connection, TrainingJobs } from '../../../src/core/provider';
import type { JobStatus } from '../../../src/core/trainingJob';
import { Emitter } from '../../../src/lib/event';
import { rest, type Rest } from '../../../src/lib/rest';
import { JobWatches } from '../../../src/services/jobs/jobWatches';
import { aJob } from '../../fakes/trainingJob';
import { workplace } from '../../fakes/workplace';

test('a job whose sign-in has expired is watched again at once after a sign-in, however long the pause was', async () => {
  const signedIn = new Emitter<void>();
  const paused: number[] = [];
  const resting = new Emitter<void>();
  let allowed = false;
  const trainingJobs = {
    async *watch(): AsyncGenerator<JobStatus> {
      await Promise.resolve();
      if (!allowed) throw new SignInError('cloud', 'Your sign-in has expired.');
      yield { state: 'succeeded', rawState: 'Completed', nodes: [] };
    },
  } as unknown as TrainingJobs;
  const access = { onDidRestore: signedIn.event } as Access;
  const connection: Connection = { id: 'cloud', label: 'cloud', trainingJobs, access };
  // The first pauses pass at once; then time stands still.
  const restFor: Rest = (milliseconds, wake, signal) => {
    paused.push(milliseconds);
    if (paused.length < 10) return Promise.resolve();
    const resting60 = rest(2 ** 30, wake, signal);
    resting.fire();
    return resting60;
  };
  const ended = Promise.withResolvers<JobStatus>();
  const record = (_: string, status: JobStatus) => {
    ended.resolve(status);
    return Promise.resolve();
  };
  const connections = { get: () => Promise.resolve(connection) };
  const watches = new JobWatches(connections, () => '', record, workplace().log, restFor);
  const longest = new Promise<void>((resolve) => resting.event(resolve));
  watches.follow([aJob({ connection: 'cloud' })]);
  await longest;
  expect(paused.at(-1)).toBe(60_000);
  expect(watches.failure(aJob().id)?.message).toBe('Your sign-in has expired.');
  allowed = true;
  signedIn.fire();
  expect((await ended.promise).state).toBe('succeeded');
  expect(paused).toHaveLength(10);
  expect(watches.failure(aJob().id)).toBeUndefined();
  watches.dispose();
});

test('a job whose platform is out of reach is said to be so once that has lasted, and asked for at once when somebody wants it', async () => {
  let reachable = false;
  const trainingJobs = {
    async *watch(): AsyncGenerator<JobStatus> {
      await Promise.resolve();
      if (!reachable) throw new ProviderError('network', 'There is no way to it.');
      yield { state: 'succeeded', rawState: 'Completed', nodes: [] };
    },
  } as unknown as TrainingJobs;
  const connections = { get: () => Promise.resolve({ id: 'cloud', label: 'cloud', trainingJobs }) };
  const ended = Promise.withResolvers<JobStatus>();
  const record = (_: string, status: JobStatus) => {
    ended.resolve(status);
    return Promise.resolve();
  };
  const heard: (string | undefined)[] = [];
  const waiting = Promise.withResolvers<undefined>();
  const job = aJob({ connection: 'cloud' });
  const restFor: Rest = (_, wake, signal) => {
    heard.push(watches.failure(job.id)?.message);
    if (heard.length < 3) return Promise.resolve();
    waiting.resolve(undefined);
    return rest(2 ** 30, wake, signal);
  };
  const watches = new JobWatches(connections, () => '', record, workplace().log, restFor);
  watches.follow([job]);
  await waiting.promise;
  expect(heard).toEqual([undefined, undefined, 'There is no way to it.']);
  reachable = true;
  watches.retry();
  expect((await ended.promise).state).toBe('succeeded');
  expect(watches.failure(job.id)).toBeUndefined();
  watches.dispose();
});
