import { expect, test } from 'vitest';
import type { Access } from '../../../src/core/access';
import { SignInError } from '../../../src/core/errors';
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
  allowed = true;
  signedIn.fire();
  expect((await ended.promise).state).toBe('succeeded');
  expect(paused).toHaveLength(10);
  watches.dispose();
});
