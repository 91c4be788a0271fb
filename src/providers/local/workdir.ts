import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ProviderError, throwIfCancelled } from '../../core/errors';
import { jobFolder } from '../../core/jobFolder';
import type { Submission } from '../../core/provider';
import { bytesText, countText } from '../../core/words';
import { copyFiles } from '../../node/copyFiles';
import { jailedPath } from '../../node/files';
import { uploads, type Upload } from '../../node/uploads';
import { workdirFiles, type WorkdirFiles } from '../../node/workdirFiles';
import { cloneWorkdir } from './gitWorkdir';
import { mountProblem } from './unsupported';

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
  for (let rank = 0; rank < spec.num_nodes; rank += 1) {
    throwIfCancelled(signal);
    const workdir = join(folder, jobFolder.workdir(rank));
    await rm(workdir, { recursive: true, force: true });
    await mkdir(workdir, { recursive: true, mode: 0o700 });
    if (typeof spec.workdir === 'object' && spec.workdir !== null)
      await cloneWorkdir(spec.workdir, workdir, submission.onProgress, signal);
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
