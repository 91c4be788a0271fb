import { lstat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { jobFolder } from '../../core/jobFolder';
import { executedOutput, notebookOf } from '../../core/notebook/executedOutput';
import type { TrainingJob } from '../../core/trainingJob';
import type { Jobs } from '../jobs/jobs';
import { bringListed } from '../jobs/outputsHere';

/** What is asked of the jobs. */
export type JobOutputs = Pick<Jobs, 'folder' | 'outputs' | 'download'>;

/**
 * Absolute path of the notebook with its outputs that an ended job left, brought to this computer where it is not here yet: into the
 * job's own folder, with which it is deleted. `undefined` where the job left none. Throws `ProviderError` where it can't be reached.
 */
export async function executedNotebook(
  jobs: JobOutputs,
  { id, spec }: Pick<TrainingJob, 'id' | 'spec'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const notebook = notebookOf(spec.envs);
  if (notebook === undefined || basename(notebook) !== notebook) return undefined;
  const file = join(jobs.folder(id), jobFolder.outputs, executedOutput, notebook);
  if (await isThere(file)) return file;
  const output = (await jobs.outputs(id, signal)).find(({ name }) => name === executedOutput);
  if (!output?.files.some(({ path }) => path === notebook)) return undefined;
  if (output.folder !== undefined) return join(output.folder, notebook);
  await bringListed(jobs, id, output, () => undefined, signal);
  return file;
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
