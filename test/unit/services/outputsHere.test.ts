import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bringOutput } from '../../../src/services/jobs/outputsHere';
import { never, StateFolder } from '../../fakes/stateFolder';
import { until } from '../../fakes/until';

const state = new StateFolder();

async function ended() {
  const core = await state.open();
  const { id } = await state.submit(core);
  state.cloud.set(id, 'succeeded');
  await until('it has ended', () => core.jobs.get(id)?.state === 'succeeded');
  return { jobs: core.jobs, id, root: join(core.jobs.folder(id), 'outputs') };
}

describe('an output that is elsewhere', () => {
  test('comes into the job’s own folder once, with progress, and is known to be here from then on', async () => {
    const { jobs, id, root } = await ended();
    state.cloud.left.set('node-1/model', 'weights');
    expect((await jobs.outputs(id, never))[0]?.folder).toBeUndefined();
    const told: string[] = [];
    await bringOutput(jobs, id, 'node-1/model', (message) => told.push(message), never);
    const [output] = await jobs.outputs(id, never);
    expect(output?.folder).toBe(join(root, 'node-1/model'));
    expect(await readFile(join(output?.folder ?? '', 'a.txt'), 'utf8')).toBe('weights');
    expect(told).toEqual(['half of it']);
    await bringOutput(jobs, id, 'node-1/model', () => undefined, never);
    expect(state.cloud.downloads).toEqual(['node-1/model']);
  });

  test('that is a single file is here in the folder that it lies in', async () => {
    const { jobs, id, root } = await ended();
    state.cloud.left.set('a.txt', 'text');
    await mkdir(root);
    await writeFile(join(root, 'a.txt'), 'text');
    expect((await jobs.outputs(id, never))[0]?.folder).toBe(root);
  });

  test('does not come before the job has ended, nor when the job did not leave it', async () => {
    const core = await state.open();
    const { id } = await state.submit(core);
    state.cloud.left.set('model', 'half');
    const early = bringOutput(core.jobs, id, 'model', () => undefined, never);
    await expect(early).rejects.toMatchObject({ kind: 'conflict' });
    const other = await ended();
    const absent = bringOutput(other.jobs, other.id, 'secrets', () => undefined, never);
    await expect(absent).rejects.toMatchObject({ kind: 'notFound' });
    expect(state.cloud.downloads).toEqual([]);
  });

  test.each(['../../escaped', '/escaped', 'link/model'])(
    'is not written outside of the job’s folder: %s',
    async (name) => {
      const { jobs, id, root } = await ended();
      await mkdir(root);
      await symlink(state.home, join(root, 'link'));
      state.cloud.left.set(name, 'x');
      await expect(bringOutput(jobs, id, name, () => undefined, never)).rejects.toMatchObject({
        kind: 'forbidden',
      });
      expect(state.cloud.downloads).toEqual([]);
    },
  );
});
