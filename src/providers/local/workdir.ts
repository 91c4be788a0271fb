import { constants } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ProviderError, throwIfCancelled } from '../../core/errors';
import { jobFolder } from '../../core/jobFolder';
import type { GitWorkdir } from '../../core/jobSpec/jobSpec';
import type { Submission } from '../../core/provider';
import { bytesText, countText } from '../../core/words';
import { copyFiles } from '../../node/copyFiles';
import { jailedPath } from '../../node/files';
import { uploads, type Upload } from '../../node/uploads';
import { workdirFiles, type WorkdirFiles } from '../../node/workdirFiles';
import { cloneWorkdir } from '../launched/gitWorkdir';
import { mountProblem } from './thisComputer';

/** How often progress is told, in milliseconds. */
const pace = 200;

/** Gives every node a working directory of its own, with the job's workdir and file mounts. */
export async function makeWorkdirs(submission: Submission, signal: AbortSignal): Promise<void> {
  const { spec, folder, baseFolder } = submission;
  // The state folder itself may lie in the workdir, as where that is the home folder.
  const except = dirname(dirname(folder));
  const wanted = uploads(spec, baseFolder).filter(
    ({ destination }) => mountProblem(destination) === undefined,
  );
  const listed: { upload: Upload; files: WorkdirFiles }[] = [];
  for (const upload of wanted) {
    listed.push({ upload, files: await workdirFiles(upload.source, upload.what, { except, signal }) });
  }
  const ranks = Array.from({ length: spec.num_nodes }, (_, rank) => rank);
  const workdirs = ranks.map((rank) => join(folder, jobFolder.workdir(rank)));
  for (const workdir of workdirs) {
    // What a submit left that was cut off.
    await rm(workdir, { recursive: true, force: true });
    await mkdir(workdir, { recursive: true, mode: 0o700 });
  }
  if (typeof spec.workdir === 'object' && spec.workdir !== null)
    await clone(spec.workdir, workdirs, submission, signal);
  for (const [rank, workdir] of workdirs.entries()) {
    throwIfCancelled(signal);
    for (const { upload, files } of listed) {
      const to = upload.destination === '' ? workdir : await jailedPath(workdir, upload.destination);
      // Only a link in the workdir can lead out of it: then the place is not ours to write.
      if (to === undefined)
        throw new ProviderError(
          'invalid',
          `A link in the workdir leads out of it, so that nothing can be put there: ${upload.destination}`,
        );
      const where = spec.num_nodes > 1 ? ` to node ${rank}` : '';
      await copyFiles(files, to, { signal, onProgress: progress(submission, upload, files, where) });
    }
  }
}

/** Asks the server once, however many nodes there are. */
async function clone(
  repository: GitWorkdir,
  [first, ...others]: readonly string[],
  { onProgress }: Submission,
  signal: AbortSignal,
): Promise<void> {
  if (first === undefined) return;
  await cloneWorkdir(repository, first, onProgress, signal);
  for (const other of others) {
    throwIfCancelled(signal);
    await cp(first, other, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  }
}

function progress(
  { onProgress }: Submission,
  { what }: Upload,
  files: WorkdirFiles,
  where: string,
): (bytes: number, count: number) => void {
  const all = `${bytesText(files.bytes)} in ${countText(files.files, 'file')}`;
  let next = performance.now() + pace;
  return (bytes) => {
    if (performance.now() < next) return;
    next = performance.now() + pace;
    onProgress(`Copying the ${what}${where}: ${bytesText(bytes)} of ${all}`);
  };
}
