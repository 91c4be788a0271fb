import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ProviderError } from '../../core/errors';
import { jobFolder } from '../../core/jobFolder';
import type { JobOutput } from '../../core/provider';
import { hasEnded } from '../../core/trainingJob';
import { isSystemError, jailedPath } from '../../node/files';
import type { Jobs } from './jobs';

/**
 * Brings an output of a job that has ended into the job's own folder on this computer, with which it is deleted. Does nothing where it is
 * here already. Throws `ProviderError`.
 */
export async function bringOutput(
  jobs: Pick<Jobs, 'get' | 'folder' | 'outputs' | 'download'>,
  id: string,
  name: string,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const job = jobs.get(id);
  if (job && !hasEnded(job.state))
    throw new ProviderError('conflict', `Outputs are whole when the job has ended. Wait for its end: ${id}`);
  const output = (await jobs.outputs(id, signal)).find((one) => one.name === name);
  if (!output)
    throw new ProviderError(
      'notFound',
      `The job left no such output. List them again: ${name.slice(0, 200)}`,
    );
  await bringListed(jobs, id, output, onProgress, signal);
}

/** The same for an output that has just been listed. */
export async function bringListed(
  jobs: Pick<Jobs, 'folder' | 'download'>,
  id: string,
  output: JobOutput,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (output.folder !== undefined) return;
  const { name } = output;
  const folder = jobs.folder(id);
  const root = join(folder, jobFolder.outputs);
  await mkdir(root, { recursive: true, mode: 0o700 });
  const to = await jailedPath(root, name);
  if (to === undefined)
    throw new ProviderError(
      'forbidden',
      `This would be written outside of the job’s folder: ${name.slice(0, 200)}`,
    );
  try {
    await jobs.download(id, name, to, onProgress, signal);
  } catch (error) {
    // Another window may have brought it at the same moment.
    if ((await outputHere(folder, output)).folder === undefined) throw error;
  }
}

/** The same output, with its folder where it was brought into the job's own one. */
export async function outputHere(folder: string, output: JobOutput): Promise<JobOutput> {
  if (output.folder !== undefined) return output;
  try {
    const place = await jailedPath(join(folder, jobFolder.outputs), output.name);
    if (place === undefined) return output;
    return { ...output, folder: (await stat(place)).isFile() ? dirname(place) : place };
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return output;
    throw error;
  }
}
