import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ProviderError } from '../../../src/core/errors';
import type { JobList, JobPage, JobsWanted, ListedJob } from '../../../src/core/listedJob';
import type { Connection } from '../../../src/core/provider';
import { anOffer, FakeProvider } from '../../fakes/provider';
import { aSpec } from '../../fakes/trainingJob';
import { never, StateFolder } from '../../fakes/stateFolder';
import { until } from '../../fakes/until';

const start = 1_700_000_000_000;
const state = new StateFolder();

/** A platform with jobs of others, `perPage` at a time. */
class CloudWithJobs extends FakeProvider implements JobList {
  readonly all: ListedJob[] = [];
  readonly wanted: JobsWanted[] = [];
  perPage = 10;
  /** Called before each page. */
  before: (page: number) => void | Promise<void> = () => undefined;
  override readonly connection: Connection = {
    id: 'cloud',
    label: 'Cloud',
    trainingJobs: Object.assign(Object.create(this) as FakeProvider, { list: this }),
  };

  add(count: number): void {
    for (let index = 0; index < count; index++) this.change(`Other-${this.all.length}`, this.all.length);
  }

  change(id: string, minute: number, more: Partial<ListedJob> = {}): void {
    const at = start + minute * 60_000;
    const before = this.all.find((job) => job.id === id);
    this.all.splice(0, this.all.length, ...this.all.filter((job) => job.id !== id), {
      ...{ id, name: id, state: 'succeeded', rawState: 'Completed' },
      ...{ createdAt: before?.createdAt ?? at, changedAt: at },
      ...more,
    });
  }

  async *pages(wanted: JobsWanted): AsyncGenerator<JobPage> {
    this.wanted.push(wanted);
    const { changedSince = 0, from } = wanted;
    const before = from === undefined ? Infinity : Number(from);
    const found = this.all
      .filter(({ changedAt, createdAt }) => changedAt >= changedSince && createdAt <= before)
      .sort((a, b) => b.createdAt - a.createdAt);
    for (let at = 0, page = 0; at === 0 || at < found.length; at += this.perPage, page += 1) {
      await this.before(page);
      const jobs = found.slice(at, at + this.perPage);
      const last = jobs.at(-1);
      yield { jobs, ...(last && at + this.perPage < found.length && { next: String(last.createdAt) }) };
    }
  }

  describe(id: string) {
    const job = this.all.find((one) => one.id === id);
    if (!job) return Promise.reject(new ProviderError('notFound', `No such job: ${id}`));
    const spec = aSpec({ name: id, num_nodes: 2, run: null });
    return Promise.resolve({ spec, name: id, createdAt: job.createdAt, offer: anOffer });
  }
}

async function opened(cloud: CloudWithJobs, now?: () => number) {
  return state.open([() => cloud], now);
}

test('all jobs are loaded once, and then only what changed is asked for, also by another window', async () => {
  const cloud = new CloudWithJobs();
  cloud.add(45);
  let now = Date.now();
  const core = await opened(cloud, () => now);
  expect(await core.jobLists.connections()).toEqual(['cloud']);
  expect(await core.jobLists.read('cloud')).toEqual({ jobs: [], loading: false, whole: false });
  await core.jobLists.refresh('cloud', never);
  expect(core.jobLists.seen('cloud').jobs).toHaveLength(45);
  expect(core.jobLists.seen('cloud').whole).toBe(true);

  cloud.change('Other-3', 50, { state: 'failed', rawState: 'Failed' });
  cloud.add(1);
  cloud.wanted.length = 0;
  const other = await opened(cloud, () => now);
  expect((await other.jobLists.read('cloud')).jobs).toHaveLength(45);
  await other.jobLists.refresh('cloud', never);
  expect(cloud.wanted).toEqual([]);
  now += 3000;
  await other.jobLists.refresh('cloud', never);
  expect(cloud.wanted).toHaveLength(1);
  expect(cloud.wanted[0]?.changedSince).toBeGreaterThan(start + 40 * 60_000);
  const { jobs } = other.jobLists.seen('cloud');
  expect(jobs).toHaveLength(46);
  expect(jobs.find(({ id }) => id === 'Other-3')?.state).toBe('failed');
});

test('who wants it anew is told what changed up to then, however lately the platform was asked', async () => {
  const cloud = new CloudWithJobs();
  cloud.add(5);
  const core = await opened(cloud, () => start);
  await core.jobLists.refresh('cloud', never);
  cloud.add(1);
  await core.jobLists.refresh('cloud', never);
  expect(core.jobLists.seen('cloud').jobs).toHaveLength(5);
  cloud.wanted.length = 0;
  await core.jobLists.askAnew('cloud', never);
  expect(core.jobLists.seen('cloud').jobs).toHaveLength(6);
  expect(cloud.wanted).toEqual([{ changedSince: start + 4 * 60_000 - 120_000 }]);

  // What is under way may have been answered before a job came.
  cloud.wanted.length = 0;
  cloud.before = () => {
    if (cloud.wanted.length > 1) return;
    cloud.before = () => undefined;
    void core.jobLists.askAnew('cloud', never);
  };
  await core.jobLists.askAnew('cloud', never);
  expect(cloud.wanted).toHaveLength(2);
});

test('a first load that is cut goes on where it was, in another process too', async () => {
  const cloud = new CloudWithJobs();
  cloud.add(45);
  cloud.before = (page) => {
    if (page === 2) throw new ProviderError('throttled', 'Too much.');
  };
  const core = await opened(cloud);
  await expect(core.jobLists.refresh('cloud', never)).rejects.toThrow('Too much.');
  expect(core.jobLists.seen('cloud')).toMatchObject({ loading: false, whole: false });
  expect(core.jobLists.seen('cloud').problem?.message).toBe('Too much.');
  expect(core.jobLists.seen('cloud').jobs).toHaveLength(20);
  cloud.before = () => undefined;
  const other = await opened(cloud);
  await other.jobLists.refresh('cloud', never);
  expect(cloud.wanted[1]).toEqual({ from: String(start + 25 * 60_000) });
  expect(new Set(other.jobLists.seen('cloud').jobs.map(({ id }) => id)).size).toBe(45);
  expect(other.jobLists.seen('cloud')).toMatchObject({ whole: true });
});

test('a load can be cancelled, and what has come is kept', async () => {
  const cloud = new CloudWithJobs();
  cloud.add(45);
  const core = await opened(cloud);
  const stop = new AbortController();
  cloud.before = async (page) => {
    if (page < 3) return;
    stop.abort();
    await new Promise((resolve) => setTimeout(resolve, 1));
    throw new ProviderError('network', 'as a call that was cut');
  };
  await expect(core.jobLists.refresh('cloud', stop.signal)).rejects.toThrow('Cancelled');
  expect(core.jobLists.seen('cloud').problem).toBeUndefined();
  expect((await (await opened(cloud)).jobLists.read('cloud')).jobs).toHaveLength(30);
});

test('a file that is damaged is made again', async () => {
  const cloud = new CloudWithJobs();
  cloud.add(5);
  const core = await opened(cloud);
  await core.jobLists.refresh('cloud', never);
  const file = join(state.home, 'lists', 'cloud.json');
  await writeFile(file, (await readFile(file, 'utf8')).slice(0, 100));
  const other = await opened(cloud);
  expect((await other.jobLists.read('cloud')).jobs).toEqual([]);
  await other.jobLists.refresh('cloud', never);
  expect(other.jobLists.seen('cloud').jobs).toHaveLength(5);
});

test('who asks while a refresh goes on waits for the same one', async () => {
  const cloud = new CloudWithJobs();
  cloud.add(5);
  const core = await opened(cloud);
  await Promise.all([core.jobLists.refresh('cloud', never), core.jobLists.refresh('cloud', never)]);
  expect(cloud.wanted.filter(({ changedSince }) => changedSince === undefined)).toHaveLength(1);
});

test('a job that another started is opened like any other, once, and is still here after a restart', async () => {
  const cloud = new CloudWithJobs();
  cloud.add(1);
  cloud.set('Other-0', 'running');
  const core = await opened(cloud);
  const job = await core.jobs.adopt('cloud', 'Other-0', never);
  expect(job).toMatchObject({ name: 'Other-0', platformId: 'Other-0', state: 'running', hourlyUsd: 1.5 });
  expect(job.id).toMatch(/^other-0-[a-z2-7]{6}$/);
  expect((await core.jobs.adopt('cloud', 'Other-0', never)).id).toBe(job.id);
  expect(core.jobs.list()).toHaveLength(1);
  // It is watched by its own name, and stopped by it.
  cloud.set('Other-0', 'running', { rawState: 'epoch 2' });
  await until('it is seen', () => core.jobs.get(job.id)?.rawState === 'epoch 2');
  const other = await opened(cloud);
  await other.jobs.stop(job.id, undefined, never);
  expect(cloud.stops).toMatchObject([{ id: 'Other-0' }]);
  await until('it has stopped', () => core.jobs.get(job.id)?.state === 'stopped');
  // Deleting it here leaves the platform alone.
  await core.jobs.delete(job.id, never);
  expect(core.jobs.list()).toEqual([]);
  expect(cloud.jobs.has('Other-0')).toBe(true);
  await expect(core.jobs.adopt('cloud', 'Gone', never)).rejects.toMatchObject({ kind: 'notFound' });
});
