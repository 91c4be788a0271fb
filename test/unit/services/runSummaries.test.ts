import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasEnded, type TrainingJob } from '../../../src/core/trainingJob';
import { providers } from '../../../src/providers/all';
import type { Core } from '../../../src/services/core';
import { StateDatabase } from '../../../src/services/database';
import type { MetricStore } from '../../../src/services/metrics/metrics';
import { RunSummaries, type ReadResult } from '../../../src/services/metrics/runSummaries';
import { bundle } from '../../fakes/bundle';
import { sweep, writePastJobs } from '../../fakes/pastJobs';
import { never, StateFolder } from '../../fakes/stateFolder';
import { until } from '../../fakes/until';

const state = new StateFolder();
let program = '';

beforeAll(async () => {
  program = await bundle('test/fakes/programs/readSummaries.ts');
});
afterAll(() => rm(dirname(program), { recursive: true, force: true }));

/** A state folder with jobs that have ended, opened by one more process. */
async function opened(count: number): Promise<Core> {
  await writePastJobs(state.home, sweep(count, 1_790_000_000_000));
  return state.open(providers);
}

const endedJobs = (core: Core): readonly TrainingJob[] =>
  core.jobs.list().filter((job) => hasEnded(job.state));

async function readAll(core: Core, jobs = endedJobs(core), signal = never): Promise<readonly ReadResult[]> {
  const results: ReadResult[] = [];
  await core.summaries.readAll(jobs, signal, (result) => results.push(result));
  return results;
}

/** The store of one more process, which counts the logs that it opens. */
async function counting(
  core: Core,
): Promise<{ summaries: RunSummaries; opens: () => number; close: () => void }> {
  const database = await StateDatabase.open(state.home, state.log, Date.now);
  let opens = 0;
  const metrics: Pick<MetricStore, 'open'> = {
    open: (job) => {
      opens += 1;
      return core.metrics.open(job);
    },
  };
  const summaries = new RunSummaries({ database, jobs: core.jobs, logs: core.logs, metrics });
  return {
    summaries,
    opens: () => opens,
    close: () => {
      database.dispose();
    },
  };
}

test('a summary has the first, last and extreme values, the hardware and the commit of a run', async () => {
  const core = await opened(1);
  const [job] = endedJobs(core);
  await readAll(core);
  const summary = core.summaries.known().get(job?.id ?? '');
  expect(summary?.metrics.map(({ name, count }) => [name, count])).toEqual([
    ['loss', 20],
    ['accuracy', 20],
    ['lr', 20],
  ]);
  const [loss, accuracy] = summary?.metrics ?? [];
  expect(loss?.last).toBe(loss?.min);
  expect(loss?.max).toBeGreaterThan(loss?.min ?? 0);
  expect(accuracy?.last).toBe(accuracy?.max);
  expect(summary?.nodes).toEqual([{ gpus: 0, cores: 2, memory: 64e9 }]);
  expect(summary?.submitted).toEqual({
    git: { commit: 'a1b2c3d4e5'.repeat(4), dirty: false },
    accelerators: 'A100:8',
    instanceType: null,
    region: null,
    spot: false,
  });
});

test('500 runs are read once: the next opening reads no log', { timeout: 120_000 }, async () => {
  const core = await opened(500);
  const first = await counting(core);
  let reads = 0;
  await first.summaries.readAll(endedJobs(core), never, () => (reads += 1));
  expect([reads, first.opens()]).toEqual([500, 500]);
  const second = await counting(core);
  const known = second.summaries.known();
  expect(known.size).toBe(500);
  expect(endedJobs(core).every(({ id }) => known.has(id))).toBe(true);
  expect(second.opens()).toBe(0);
  first.close();
  second.close();
});

test('reading that is given up keeps what it had, and the next goes on from there', async () => {
  const core = await opened(30);
  const abort = new AbortController();
  let read = 0;
  await core.summaries.readAll(endedJobs(core), abort.signal, () => {
    read += 1;
    if (read === 5) abort.abort();
  });
  const kept = core.summaries.known();
  expect(kept.size).toBeGreaterThanOrEqual(5);
  expect(kept.size).toBeLessThan(30);
  await readAll(
    core,
    endedJobs(core).filter(({ id }) => !kept.has(id)),
  );
  expect(core.summaries.known().size).toBe(30);
});

test('two processes that read at once keep one summary of each run', { timeout: 60_000 }, async () => {
  const core = await opened(40);
  const other = spawn(process.execPath, [program, state.home], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [results] = await Promise.all([readAll(core), once(other, 'close')]);
  expect(other.exitCode).toBe(0);
  expect(results.filter((result) => 'problem' in result)).toEqual([]);
  expect(core.summaries.known().size).toBe(40);
});

test(
  'a process that is killed while it reads leaves whole summaries, and the rest is read later',
  { timeout: 60_000 },
  async () => {
    const core = await opened(120);
    const child = spawn(process.execPath, [program, state.home], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    let lines = 0;
    for await (const line of createInterface(child.stdout)) {
      expect(line).not.toBe('');
      lines += 1;
      if (lines === 30) child.kill('SIGKILL');
    }
    await ended;
    expect(child.signalCode).toBe('SIGKILL');
    const kept = core.summaries.known();
    expect(kept.size).toBeGreaterThan(0);
    expect(kept.size).toBeLessThan(120);
    for (const summary of kept.values()) expect(summary.metrics).toHaveLength(3);
    await readAll(
      core,
      endedJobs(core).filter(({ id }) => !kept.has(id)),
    );
    expect(core.summaries.known().size).toBe(120);
  },
);

test('a job that is deleted takes its summary and its star with it, also while it is read', async () => {
  const core = await opened(2);
  const [gone, stays] = endedJobs(core);
  if (!gone || !stays) throw new Error('no jobs');
  await readAll(core);
  await core.stars.set(gone.id, true);
  await core.stars.set(stays.id, true);
  await core.jobs.delete(gone.id, never);
  expect([...core.summaries.known().keys()]).toEqual([stays.id]);
  expect([...core.stars.all()]).toEqual([stays.id]);
  await readAll(core, [gone]);
  await core.stars.set(gone.id, true);
  expect([...core.summaries.known().keys()]).toEqual([stays.id]);
  expect([...core.stars.all()]).toEqual([stays.id]);
});

test('a star that one process gives is seen by the others, and by its own listeners', async () => {
  const core = await opened(1);
  const other = await state.open(providers);
  const [job] = endedJobs(core);
  let heard = 0;
  core.stars.onDidChange(() => (heard += 1));
  let told = 0;
  other.jobs.onDidChange(() => (told += 1));
  await core.stars.set(job?.id ?? '', true);
  expect(heard).toBe(1);
  expect([...other.stars.all()]).toEqual([job?.id]);
  await until('the other process is told', () => told > 0);
  await other.stars.set(job?.id ?? '', false);
  expect([...core.stars.all()]).toEqual([]);
});

test('a log that can’t be read is told with its reason, and tried again the next time', async () => {
  const core = await opened(2);
  const [broken] = endedJobs(core);
  const failing = new RunSummaries({
    database: await StateDatabase.open(state.home, state.log, Date.now),
    jobs: core.jobs,
    logs: core.logs,
    metrics: {
      open: (job) =>
        job.id === broken?.id ? Promise.reject(new Error('disk on fire')) : core.metrics.open(job),
    },
  });
  const results: ReadResult[] = [];
  await failing.readAll(endedJobs(core), never, (result) => results.push(result));
  expect(results.flatMap((result) => ('problem' in result ? [result.problem] : []))).toEqual([
    'disk on fire',
  ]);
  expect(failing.known().has(broken?.id ?? '')).toBe(false);
  expect(failing.known().size).toBe(1);
});

test('a record that is no record costs only what it said', async () => {
  const core = await opened(1);
  const [job] = endedJobs(core);
  await writeFile(join(core.jobs.folder(job?.id ?? ''), 'job.json'), 'no json');
  const [result] = await readAll(core);
  expect(result).toMatchObject({ summary: { submitted: null } });
});
