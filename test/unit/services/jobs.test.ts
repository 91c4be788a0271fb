import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CancelledError, ProviderError } from '../../../src/core/errors';
import { StateDatabase } from '../../../src/services/database';
import { readJob } from '../../fakes/jobSpec';
import { anOffer, FakeProvider } from '../../fakes/provider';
import { never, StateFolder } from '../../fakes/stateFolder';
import { until } from '../../fakes/until';

const state = new StateFolder();

describe('submit', () => {
  test('makes one job, with its price, its folder and its record', async () => {
    const core = await state.open();
    const job = await state.submit(core, 'name: My digits\nrun: echo');
    expect(job).toMatchObject({ name: 'My digits', connection: 'cloud', hourlyUsd: 1.5 });
    expect(job.id).toMatch(/^my-digits-[a-z2-7]{6}$/);
    expect(core.jobs.list().map((one) => one.id)).toEqual([job.id]);
    const folder = core.jobs.folder(job.id);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await readFile(join(folder, 'job.json'), 'utf8'))).toMatchObject({
      version: 1,
      id: job.id,
      connection: 'cloud',
      hourlyUsd: 1.5,
      baseFolder: state.home,
      spec: { name: 'My digits' },
      offer: { instanceType: 'g5.xlarge' },
    });
    expect(await readFile(join(folder, 'job.yaml'), 'utf8')).toContain('name: My digits');
  });

  test('commits the intent before the platform is asked', async () => {
    const core = await state.open();
    let seen: unknown;
    state.cloud.onSubmit = async ({ id }) => {
      seen = await state.store((store) =>
        store.all().map(({ job, intent, owner }) => ({ id: job.id, intent, pid: owner?.pid })),
      );
      state.cloud.set(id, 'running');
    };
    const job = await state.submit(core);
    expect(seen).toEqual([{ id: job.id, intent: true, pid: process.pid }]);
  });

  test('keeps every approval in the journal, which can not be changed', async () => {
    const core = await state.open();
    const job = await state.submit(core);
    expect(await state.store((store) => store.decisions())).toMatchObject([
      {
        kind: 'spend.approved',
        job: job.id,
        connection: 'cloud',
        hourlyUsd: 1.5,
        details: { region: 'us-east-1' },
      },
    ]);
    const database = await StateDatabase.open(state.home, state.log, Date.now);
    for (const change of ['DELETE FROM decisions', 'UPDATE decisions SET hourly_usd = 0']) {
      const changing = database.write((tables) => {
        tables.exec(change);
      });
      await expect(changing).rejects.toThrow('append-only');
    }
    database.dispose();
  });

  test('an approval is good for one job, and only for the job it was given for', async () => {
    const core = await state.open();
    const request = await state.request('run: echo');
    await core.jobs.submit(request, never);
    await expect(core.jobs.submit(request, never)).rejects.toThrow('used already');
    const other = await state.request('run: echo other');
    await expect(
      core.jobs.submit({ ...other, approval: (await state.request('run: echo')).approval }, never),
    ).rejects.toThrow('another job');
    expect(state.cloud.submissions.length).toBe(1);
  });

  test('a price that is not known stays unknown', async () => {
    const core = await state.open();
    const job = await core.jobs.submit(
      await state.request('run: echo', { ...anOffer, hourlyUsd: null }),
      never,
    );
    expect(job.hourlyUsd).toBeUndefined();
  });

  test.each([new ProviderError('quota', 'No GPUs left.'), new Error('a bug')])(
    'when the platform refuses with %s, nothing is left',
    async (error) => {
      const core = await state.open();
      state.cloud.onSubmit = () => Promise.reject(error);
      await expect(state.submit(core)).rejects.toBe(error);
      expect(core.jobs.list()).toEqual([]);
      expect(await readdir(join(state.home, 'jobs'))).toEqual([]);
    },
  );

  test('when only the answer is lost, the job is kept', async () => {
    const core = await state.open();
    state.cloud.onSubmit = ({ id }) => {
      state.cloud.set(id, 'running');
      throw new ProviderError('network', 'Timed out.');
    };
    const job = await state.submit(core);
    expect(core.jobs.get(job.id)).toBeDefined();
    expect(state.cloud.settled).toEqual([job.id]);
  });

  test('when it can not be told whether the job exists, it stays open and is settled later', async () => {
    const core = await state.open();
    state.cloud.onSubmit = ({ id }) => {
      state.cloud.set(id, 'running');
      state.cloud.unreachable = new ProviderError('network', 'No network.');
      throw state.cloud.unreachable;
    };
    await expect(state.submit(core)).rejects.toThrow('No network.');
    const [job] = core.jobs.list();
    expect(job).toMatchObject({ state: 'starting', rawState: 'submitting' });
    state.cloud.unreachable = undefined;
    await until('it is settled', () => core.jobs.get(job?.id ?? '')?.state === 'running');
    expect(core.jobs.list().length).toBe(1);
  });

  test('a cancel leaves nothing, and one that came too late stops the job', async () => {
    const core = await state.open();
    const cancel = new AbortController();
    state.cloud.onSubmit = (_, signal) => {
      cancel.abort();
      expect(signal.aborted).toBe(true);
      throw new CancelledError();
    };
    await expect(state.submit(core, 'run: echo', cancel.signal)).rejects.toBeInstanceOf(CancelledError);
    expect(core.jobs.list()).toEqual([]);

    const late = new AbortController();
    state.cloud.onSubmit = ({ id }) => {
      state.cloud.set(id, 'running');
      late.abort();
      throw new CancelledError();
    };
    await expect(state.submit(core, 'run: echo', late.signal)).rejects.toBeInstanceOf(CancelledError);
    expect(state.cloud.stops).toMatchObject([{ reason: 'Cancelled while it was being submitted.' }]);
    await until('it has stopped', () => core.jobs.list()[0]?.state === 'stopped');
  });

  test('a job without a name has its file’s', async () => {
    const core = await state.open();
    const request = { ...(await state.request('run: echo')), source: join(state.home, 'train.job.yaml') };
    expect(await core.jobs.submit(request, never)).toMatchObject({ name: 'train', source: request.source });
    expect((await core.jobs.submit(await state.request('run: echo'), never)).name).toBe('job');
  });

  test('secrets reach the provider, and neither the folder nor the database', async () => {
    const core = await state.open();
    const secret = 'hunter2-correct-horse';
    const text = `workdir: {url: "https://$TOKEN@example.com/a.git"}\nsecrets: {TOKEN: ${secret}}\nrun: echo`;
    await state.submit(core, text);
    expect([...(state.cloud.submissions[0]?.secrets ?? [])]).toEqual([['TOKEN', secret]]);
    expect(JSON.stringify(state.cloud.submissions[0]?.spec.workdir)).toContain(secret);
    core.dispose();
    for (const entry of await readdir(state.home, { recursive: true, withFileTypes: true }))
      if (entry.isFile())
        expect(await readFile(join(entry.parentPath, entry.name), 'latin1')).not.toContain(secret);
  });

  test('hostile names make harmless ids, and come back as they were', async () => {
    const core = await state.open();
    for (const name of [
      '; rm -rf ~',
      `a'"b`,
      '../../etc',
      'x'.repeat(300),
      '日本',
      '-',
      'é\u0301A',
      '9lives',
    ]) {
      const job = await state.submit(core, `name: ${JSON.stringify(name)}\nrun: echo`);
      expect(job.id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
      expect(job.id.length).toBeLessThanOrEqual(63);
      expect(job.spec.name).toBe(name);
      expect(core.jobs.folder(job.id)).toBe(join(state.home, 'jobs', job.id));
    }
  });
});

describe('several processes', () => {
  test('see each other’s jobs, changes and ends', async () => {
    const [one, two] = [await state.open(), await state.open()];
    const ends: string[] = [];
    two.jobs.onDidEnd((job) => ends.push(job.id));
    const job = await state.submit(one);
    await until('the other sees it', () => two.jobs.get(job.id)?.state === 'running');
    state.cloud.set(job.id, 'succeeded', { endedAt: 5 });
    await until('the other sees the end', () => two.jobs.get(job.id)?.state === 'succeeded');
    expect(ends).toEqual([job.id]);
    await one.jobs.delete(job.id, never);
    await until('the other sees it go', () => two.jobs.list().length === 0);
  });

  test('an idle process does nothing: no timer looks for changes', async () => {
    const core = await state.open();
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const job = await state.submit(core);
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBeGreaterThan(
      before,
    );
    state.cloud.set(job.id, 'succeeded');
    await core.jobs.ended(job.id, never);
    await until(
      'no timer is left',
      () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length <= before,
    );
  });
});

describe('a job', () => {
  test('is stopped with its reason, once', async () => {
    const core = await state.open();
    const job = await state.submit(core);
    await core.jobs.stop(job.id, 'Enough.', never);
    expect(state.cloud.stops).toEqual([{ id: job.id, reason: 'Enough.' }]);
    expect((await core.jobs.ended(job.id, never)).state).toBe('stopped');
    await core.jobs.stop(job.id, 'Again.', never);
    expect(state.cloud.stops.length).toBe(1);
  });

  test('stays as it ended, whatever comes later', async () => {
    const core = await state.open();
    const job = await state.submit(core);
    state.cloud.set(job.id, 'succeeded');
    await core.jobs.ended(job.id, never);
    const changed = await state.store((store) =>
      store.setStatus(job.id, { state: 'running', rawState: 'x', nodes: [] }),
    );
    expect(changed).toBe(false);
  });

  test('is deleted with its folder only when it has ended', async () => {
    const core = await state.open();
    const job = await state.submit(core);
    await expect(core.jobs.delete(job.id, never)).rejects.toMatchObject({ kind: 'conflict' });
    state.cloud.set(job.id, 'failed');
    await core.jobs.ended(job.id, never);
    await core.jobs.delete(job.id, never);
    expect(core.jobs.list()).toEqual([]);
    expect(await readdir(join(state.home, 'jobs'))).toEqual([]);
    await expect(core.jobs.delete(job.id, never)).rejects.toMatchObject({ kind: 'notFound' });
  });

  test('that is being submitted is not taken for gone because its platform does not know it yet', async () => {
    const core = await state.open();
    let refusal: unknown;
    state.cloud.onSubmit = async ({ id }) => {
      refusal = await core.jobs.delete(id, never).catch((error: unknown) => error);
      state.cloud.set(id, 'running');
    };
    const job = await state.submit(core);
    expect(refusal).toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('still being submitted') as unknown,
    });
    expect((await stat(core.jobs.folder(job.id))).isDirectory()).toBe(true);
  });

  test('whose submission was cut off is given up for good when it is deleted', async () => {
    const core = await state.open();
    state.cloud.onSubmit = () => {
      state.cloud.unreachable = new ProviderError('network', 'No network.');
      throw state.cloud.unreachable;
    };
    await expect(state.submit(core)).rejects.toThrow('No network.');
    const id = core.jobs.list()[0]?.id ?? '';
    state.cloud.unreachable = undefined;
    const before = state.cloud.settled.length;
    await core.jobs.delete(id, never);
    expect(state.cloud.settled.slice(before)).toEqual([id]);
    expect(core.jobs.list()).toEqual([]);
    expect(await readdir(join(state.home, 'jobs'))).toEqual([]);
  });

  test('that its platform has forgotten is unknown, not ended, and can be deleted', async () => {
    const core = await state.open();
    const job = await state.submit(core);
    await until('it runs', () => core.jobs.get(job.id)?.state === 'running');
    state.cloud.jobs.delete(job.id);
    state.cloud.set('other-abcdef', 'running');
    await until('it is unknown', () => core.jobs.get(job.id)?.state === 'unknown');
    await core.jobs.delete(job.id, never);
    expect(core.jobs.list()).toEqual([]);
  });

  test('that can not be watched for a while is watched again', async () => {
    const core = await state.open();
    const job = await state.submit(core);
    await until('it runs', () => core.jobs.get(job.id)?.state === 'running');
    state.cloud.unreachable = new ProviderError('network', 'No network.');
    state.cloud.set(job.id, 'succeeded');
    await until('it was tried', () => state.log.lines.some((line) => line.includes('No network.')));
    expect(core.jobs.get(job.id)?.state).toBe('running');
    state.cloud.unreachable = undefined;
    expect((await core.jobs.ended(job.id, never)).state).toBe('succeeded');
  });

  test('waiting for its end can be cancelled, and ends with the core', async () => {
    const core = await state.open();
    const job = await state.submit(core);
    const cancel = new AbortController();
    const waiting = core.jobs.ended(job.id, cancel.signal);
    cancel.abort();
    await expect(waiting).rejects.toBeInstanceOf(CancelledError);
    const other = core.jobs.ended(job.id, never);
    core.dispose();
    await expect(other).rejects.toBeInstanceOf(CancelledError);
  });

  test.each(['../x', '', 'a/b', 'A-abcdef', `${'a'.repeat(60)}-abcdef`])(
    'has no folder for the id "%s"',
    async (id) => {
      const core = await state.open();
      expect(() => core.jobs.folder(id)).toThrow(ProviderError);
    },
  );
});

test('a plan has the offers of all connections: possible first, then the cheapest, the unknown price last', async () => {
  const offers = [
    { ...anOffer, why: 'unknown', hourlyUsd: null },
    { ...anOffer, why: 'no', possible: false, hourlyUsd: 0 },
    { ...anOffer, why: 'dear', hourlyUsd: 3 },
    { ...anOffer, why: 'free', hourlyUsd: 0 },
  ];
  const broken = new FakeProvider();
  broken.offers = new Error('Sign in first.');
  state.cloud.offers = offers;
  const core = await state.open([() => state.cloud, () => broken]);
  const plan = await core.jobs.plan(readJob('run: echo').spec, never);
  expect(plan.map((offer) => offer.why)).toEqual(['free', 'dear', 'unknown', 'no', 'Sign in first.']);
});
