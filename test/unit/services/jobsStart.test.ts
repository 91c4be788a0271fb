import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readJob } from '../../fakes/jobSpec';
import { never, StateFolder } from '../../fakes/stateFolder';
import { until } from '../../fakes/until';

const state = new StateFolder();

/** What a process leaves that was killed while it was submitting. */
async function cutOff(exists: boolean, folder = true): Promise<string> {
  const id = exists ? 'there-abcdef' : 'absent-abcdef';
  const job = {
    id,
    name: id,
    connection: 'cloud',
    createdAt: 1,
    state: 'starting',
    rawState: 'submitting',
    nodes: [],
    spec: readJob('run: echo').spec,
  } as const;
  await state.store((store) => store.add({ job, intent: true, owner: { pid: 2 ** 22, token: '1' } }));
  if (folder) {
    await mkdir(join(state.home, 'jobs', id), { recursive: true });
    await writeFile(join(state.home, 'jobs', id, 'job.json'), '{}');
  }
  if (exists) state.cloud.set(id, 'running');
  return id;
}

test('a start finds a job whose submission was cut off after the platform got it', async () => {
  const id = await cutOff(true);
  const core = await state.open();
  expect(core.jobs.get(id)?.state).toBe('running');
});

test.each([true, false])(
  'a start forgets one that the platform never got (folder made: %s)',
  async (folder) => {
    await cutOff(false, folder);
    const core = await state.open();
    expect(core.jobs.list()).toEqual([]);
    expect(await readdir(join(state.home, 'jobs'))).toEqual([]);
  },
);

test('a start leaves a submission alone whose process lives', async () => {
  const core = await state.open();
  let go: (() => void) | undefined;
  state.cloud.onSubmit = async ({ id }) => {
    await new Promise<void>((resolve) => (go = resolve));
    state.cloud.set(id, 'running');
  };
  const submitting = state.submit(core);
  await until('it is on its way', () => go !== undefined);
  const other = await state.open();
  expect(other.jobs.list()).toMatchObject([{ state: 'starting', rawState: 'submitting' }]);
  expect(state.cloud.settled).toEqual([]);
  await expect(other.jobs.stop(other.jobs.list()[0]?.id ?? '', undefined, never)).rejects.toMatchObject({
    kind: 'conflict',
  });
  go?.();
  const job = await submitting;
  await until('the other sees it run', () => other.jobs.get(job.id)?.state === 'running');
  expect(state.cloud.settled).toEqual([]);
});

test('a start keeps an intent that can not be settled while its connection is away, and settles it when it is back', async () => {
  const id = await cutOff(true);
  state.cloud.connect(false);
  const core = await state.open();
  expect(core.jobs.get(id)?.rawState).toBe('submitting');
  state.cloud.connect(true);
  await until('it is settled', () => core.jobs.get(id)?.state === 'running');
});

test('a start hears how the running jobs are, and tells of those that ended while nobody looked', async () => {
  const first = await state.open();
  const job = await state.submit(first);
  first.dispose();
  state.cloud.set(job.id, 'failed', { exit: { code: 3, reason: 'It broke.' } });
  const second = await state.open();
  expect(second.jobs.get(job.id)).toMatchObject({ state: 'failed', exit: { code: 3 } });
  const ends: string[] = [];
  second.jobs.onDidEnd((ended) => ends.push(ended.id));
  await until('the end is told', () => ends.length > 0);
  expect(ends).toEqual([job.id]);
});

test('a start does not wait for a platform that does not answer', async () => {
  const first = await state.open();
  const job = await state.submit(first);
  await until('it runs', () => first.jobs.get(job.id)?.state === 'running');
  first.dispose();
  state.cloud.status = () => new Promise(() => undefined);
  const before = performance.now();
  const core = await state.open();
  expect(performance.now() - before).toBeLessThan(3000);
  expect(core.jobs.get(job.id)?.state).toBe('running');
});

test('a start removes what a delete left that was cut off, and the row with it', async () => {
  const first = await state.open();
  const job = await state.submit(first);
  first.dispose();
  const folder = join(state.home, 'jobs', job.id);
  await rename(folder, join(state.home, 'jobs', `.deleted-${job.id}-01234567`));
  const core = await state.open();
  expect(core.jobs.get(job.id)).toBeUndefined();
});

test('a provider that can not start is a broken entry, and the others work', async () => {
  const core = await state.open([
    function aws() {
      throw new Error('No SDK.');
    },
    () => state.cloud,
  ]);
  const entries = await core.connections.all();
  expect(entries.map((entry) => entry.kind)).toEqual(['connection', 'broken']);
  await expect(core.connections.get('aws')).rejects.toThrow('No SDK.');
  await state.submit(core);
});
