import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError, throwIfCancelled } from '../../core/errors';
import { jobFolder } from '../../core/jobFolder';
import { hasEnded, type TrainingJob } from '../../core/trainingJob';
import { isSystemError, removeFolder } from '../../node/files';
import type { Core } from '../core';
import { diskUse, isWorkdir, totalBytes } from './diskUse';
import { compressLog, logPaths } from '../logStore/logCap';

/** What can be given up of a job that has ended, from the least to all of it. */
export type Freeing = 'compressLogs' | 'deleteWorkdirs' | 'deleteJobs';

type Parts = Pick<Core, 'jobs' | 'connections'>;

/** Frees disk space of one ended job; gives how much, in bytes. */
export async function freeSpace(
  core: Parts,
  { id }: TrainingJob,
  freeing: Freeing,
  signal: AbortSignal,
): Promise<number> {
  const job = core.jobs.get(id);
  if (!job) return 0;
  if (!hasEnded(job.state))
    throw new ProviderError(
      'conflict',
      `Only what belongs to a job that has ended can be freed: ${job.name}`,
    );
  const folder = core.jobs.folder(id);
  const before = totalBytes(await diskUse(folder, signal));
  if (freeing === 'deleteJobs') await core.jobs.delete(id, signal);
  else if (freeing === 'deleteWorkdirs') await deleteWorkdirs(folder, signal);
  else await compressLogs(core, job, signal);
  return Math.max(0, before - totalBytes(await diskUse(folder, signal)));
}

async function compressLogs(core: Parts, job: TrainingJob, signal: AbortSignal): Promise<void> {
  for (const path of await logPaths(core, job)) {
    const size = await stat(path).then(
      (stats) => stats.size,
      () => 0,
    );
    const pace = () => Promise.resolve();
    if (size > 0) await compressLog(path, true, size, { pace, signal });
  }
}

async function deleteWorkdirs(folder: string, signal: AbortSignal): Promise<void> {
  const nodes = join(folder, 'nodes');
  for (const node of await list(nodes)) {
    for (const name of (await list(join(nodes, node))).filter(isWorkdir)) {
      throwIfCancelled(signal);
      const path = join(nodes, node, name);
      if (path === join(folder, jobFolder.workdir(Number(node)))) await removeFolder(path);
      else await rm(path, { recursive: true, force: true });
    }
  }
}

async function list(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  });
}
