import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { ProviderError, type ErrorKind } from '../../../src/core/errors';
import { jobFolder } from '../../../src/core/jobFolder';
import type { Connection, LogChunk } from '../../../src/core/provider';
import { Disposables } from '../../../src/lib/disposables';
import { describeFailure } from '../../../src/services/jobs/failures';
import { LogStore } from '../../../src/services/logStore/logStore';
import { workersFolder } from '../../fakes/workers';
import { LogFolder } from '../logStore/logFolder';

const held = new Disposables();
afterEach(() => {
  held.dispose();
});

const signal = new AbortController().signal;
const describe = (folder: LogFolder) =>
  describeFailure(
    { logs: new LogStore(folder, folder.connections, workersFolder), jobs: folder },
    folder.job,
    signal,
  );

async function exited(folder: LogFolder, node: number, record: object): Promise<void> {
  const path = join(folder.folder(folder.job.id), jobFolder.exit(node));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify({ v: 1, t: 1, node, kind: 'exit', ...record })}\n`);
}

const traceback = (error: string) =>
  `Traceback (most recent call last):\n  File "train.py", line 3, in <module>\n${error}\n`;

test('a job that has not failed has no failure', async () => {
  const folder = held.add(await LogFolder.make());
  await folder.write(traceback('ValueError: no'));
  for (const state of ['running', 'succeeded', 'stopped'] as const) {
    folder.become(state);
    expect(await describe(folder)).toBeUndefined();
  }
});

test('the node that decided the end is described, with the line numbers of its whole log', async () => {
  const folder = held.add(await LogFolder.make(2));
  await folder.write('fine\n'.repeat(3), 0);
  await folder.write('step\n'.repeat(25_000) + traceback('ValueError: bad'), 1);
  await exited(folder, 1, { code: 1, signal: null, reason: 'run exited with code 1', reasonKind: 'exit' });
  folder.become('failed', { exit: { code: 1, reason: 'node 1 failed', node: 1 } });
  expect(await describe(folder)).toMatchObject({
    node: 1,
    exitCode: 1,
    reason: 'ValueError: bad',
    firstLine: 25_000,
    frames: [{ file: 'train.py', line: 3, function: '<module>' }],
  });
});

test('where the deciding node only lost its connection, another that says why is described', async () => {
  const folder = held.add(await LogFolder.make(2));
  await folder.write(traceback('RuntimeError: [pair.cc:553] Connection closed by peer [10.0.0.2]:16286'), 0);
  await folder.write(traceback('torch.OutOfMemoryError: CUDA out of memory.'), 1);
  const failed = (rank: number) => ({
    rank,
    state: 'failed' as const,
    exit: { code: 1, reason: 'run exited with code 1' },
  });
  folder.become('failed', { nodes: [failed(0), failed(1)], exit: { code: 1, reason: 'failed', node: 0 } });
  expect(await describe(folder)).toMatchObject({ node: 1, reason: 'The GPU ran out of memory.' });
});

test('a limit that stopped the job is the reason, whatever the job wrote while it ended', async () => {
  const folder = held.add(await LogFolder.make());
  await folder.write(traceback('KeyboardInterrupt'));
  await exited(folder, 0, {
    code: 143,
    signal: 'SIGTERM',
    reason: 'max_duration of 2 h reached',
    reasonKind: 'max_duration',
  });
  folder.become('failed', { exit: { reason: 'max_duration of 2 h reached', node: 0 } });
  const failure = await describe(folder);
  expect(failure).toMatchObject({ reason: 'max_duration of 2 h reached.', frames: [] });
  expect(failure?.error).toBeUndefined();
});

test('a node that left neither log nor exit is described by what is known of the job', async () => {
  const folder = held.add(await LogFolder.make());
  folder.become('failed', { exit: { reason: 'the machine was restarted while the job ran', node: 0 } });
  expect(await describe(folder)).toMatchObject({
    reason: 'The machine was restarted while the job ran.',
    lines: [],
  });
});

/** A platform that keeps the logs itself. */
function platform(logs: () => AsyncIterable<LogChunk>) {
  const trainingJobs = { logs } as unknown as NonNullable<Connection['trainingJobs']>;
  return { get: () => Promise.resolve({ id: 'aws', label: 'aws', trainingJobs }) };
}

const capacity = { exit: { reason: 'CapacityError: InsufficientInstanceCapacity' } };

test.each([
  ['notFound', 0],
  ['forbidden', 1],
] as const)(
  'a platform that has no log (%s) still says why the job never began',
  async (kind: ErrorKind, more) => {
    const folder = held.add(await LogFolder.make());
    folder.become('failed', capacity);
    const logs = new LogStore(
      folder,
      platform(async function* () {
        yield await Promise.reject(new ProviderError(kind, 'No log for you.'));
      }),
      workersFolder,
    );
    const failure = await describeFailure({ logs, jobs: folder }, folder.job, signal);
    expect(failure).toMatchObject({
      reason: expect.stringMatching(/no such machine free/) as string,
      lines: [],
    });
    expect(failure?.hints.filter((hint) => hint.includes('No log for you.'))).toHaveLength(more);
  },
);

test('a log that comes from elsewhere is waited for before its end is read', async () => {
  const folder = held.add(await LogFolder.make());
  folder.become('failed', { exit: { code: 1, reason: 'exited with code 1' } });
  const logs = new LogStore(
    folder,
    platform(async function* () {
      yield await Promise.resolve({ bytes: Buffer.from('step 1\n'), next: '1' });
      await delay(150);
      yield { bytes: Buffer.from(traceback('KeyError: 1')), next: '2' };
    }),
    workersFolder,
  );
  expect(await describeFailure({ logs, jobs: folder }, folder.job, signal)).toMatchObject({
    error: 'KeyError: 1',
    firstLine: 1,
  });
});
