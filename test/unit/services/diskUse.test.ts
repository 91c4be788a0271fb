import { existsSync } from 'node:fs';
import { link, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freeSpace } from '../../../src/services/jobs/diskFreeing';
import { diskUse, totalBytes } from '../../../src/services/jobs/diskUse';
import type { Core } from '../../../src/services/core';
import { never, StateFolder } from '../../fakes/stateFolder';

const state = new StateFolder();
const block = 65_536;

async function endedJob(): Promise<{ core: Core; id: string; folder: string }> {
  const core = await state.open();
  const { id } = await state.submit(core);
  const folder = core.jobs.folder(id);
  for (const path of ['nodes/0/workdir/data', 'nodes/1/workdir', 'outputs/model'])
    await mkdir(join(folder, path), { recursive: true });
  const write = (path: string, blocks: number) =>
    writeFile(join(folder, path), Buffer.alloc(blocks * block, 'x\n'));
  await write('nodes/0/log', 300);
  await write('nodes/0/telemetry', 2);
  await write('nodes/0/workdir/data/a', 3);
  await write('nodes/1/workdir/b', 4);
  await link(join(folder, 'nodes/1/workdir/b'), join(folder, 'nodes/1/workdir/same'));
  await write('outputs/model/weights', 5);
  state.cloud.set(id, 'succeeded');
  await core.jobs.ended(id, never);
  return { core, id, folder };
}

const jobOf = (core: Core, id: string) => {
  const job = core.jobs.get(id);
  if (!job) throw new Error('No such job');
  return job;
};

test('a job’s folder is measured by kind, in what is really allocated, a file with two names once', async () => {
  const { folder } = await endedJob();
  const use = await diskUse(folder, never);
  const blocks = (bytes: number) => Math.floor(bytes / block);
  expect(blocks(use.log)).toBe(300);
  expect(blocks(use.telemetry)).toBe(2);
  expect(blocks(use.workdirs)).toBe(7);
  expect(blocks(use.outputs)).toBe(5);
  expect(use.other).toBeGreaterThan(0);
  expect(totalBytes(use)).toBe(use.log + use.telemetry + use.workdirs + use.outputs + use.other);
});

test('a folder that is not there takes nothing, and a cancelled measurement ends', async () => {
  expect(totalBytes(await diskUse(join(state.home, 'none'), never))).toBe(0);
  const abort = new AbortController();
  abort.abort();
  await expect(diskUse(state.home, abort.signal)).rejects.toThrow('Cancelled');
});

test('work folders go, and logs and outputs stay', async () => {
  const { core, id, folder } = await endedJob();
  const freed = await freeSpace(core, jobOf(core, id), 'deleteWorkdirs', never);
  expect(Math.floor(freed / block)).toBe(7);
  expect(existsSync(join(folder, 'nodes/0/workdir'))).toBe(false);
  expect(existsSync(join(folder, 'nodes/1/workdir'))).toBe(false);
  expect(existsSync(join(folder, 'nodes/0/log'))).toBe(true);
  expect(existsSync(join(folder, 'outputs/model/weights'))).toBe(true);
});

test('logs are compressed in whole pieces of 8 MB, and every byte can still be read', async () => {
  const { core, id, folder } = await endedJob();
  await writeFile(join(folder, 'nodes/0/log.copy'), JSON.stringify({ bytes: 300 * block, over: true }));
  const before = await readFile(join(folder, 'nodes/0/log'));
  const freed = await freeSpace(core, jobOf(core, id), 'compressLogs', never);
  expect(freed).toBeGreaterThan(15e6);
  const raw: Uint8Array[] = [];
  for await (const chunk of core.logs.raw(jobOf(core, id), 0, { follow: false }, never)) raw.push(chunk);
  expect(Buffer.concat(raw).equals(before)).toBe(true);
});

test('whole jobs go', async () => {
  const { core, id, folder } = await endedJob();
  expect(await freeSpace(core, jobOf(core, id), 'deleteJobs', never)).toBeGreaterThan(300 * block);
  expect(existsSync(folder)).toBe(false);
  expect(core.jobs.get(id)).toBeUndefined();
});

test('nothing of a job that runs is touched', async () => {
  const core = await state.open();
  const job = await state.submit(core);
  await expect(freeSpace(core, job, 'deleteWorkdirs', never)).rejects.toThrow(
    'Only what belongs to a job that has ended',
  );
});
