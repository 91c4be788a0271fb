import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { throwIfCancelled } from '../../core/errors';
import type { Submission } from '../../core/provider';
import { uploads, type Upload } from '../../node/uploads';
import { workdirFiles } from '../../node/workdirFiles';
import { cloneWorkdir } from './gitWorkdir';
import { manifestOf, type Manifest } from './manifest';
import { mountProblem } from './mountProblem';

/** What a job brings along, as it is now. */
export interface Prepared {
  readonly upload: Upload;
  readonly manifest: Manifest;
}

/** Does `work` with what the job brings along. A git workdir is cloned for that time, with what git has on this computer. */
export async function withPrepared<T>(
  submission: Submission,
  signal: AbortSignal,
  work: (prepared: readonly Prepared[]) => Promise<T>,
): Promise<T> {
  const { spec, folder, baseFolder, onProgress } = submission;
  // The state folder itself may lie in the workdir, as where that is the home folder.
  const except = dirname(dirname(folder));
  const wanted = uploads(spec, baseFolder).filter(
    ({ destination }) => mountProblem(destination) === undefined,
  );
  const clone =
    typeof spec.workdir === 'object' && spec.workdir !== null
      ? await mkdtemp(join(folder, 'clone-'))
      : undefined;
  try {
    const prepared: Prepared[] = [];
    if (clone !== undefined && typeof spec.workdir === 'object' && spec.workdir !== null) {
      await cloneWorkdir(spec.workdir, clone, onProgress, signal);
      // A key of its own for each repository, so that what did not change between two clones is not known by its times.
      const source = { what: 'workdir', source: spec.workdir.url, destination: '' };
      prepared.push({
        upload: source,
        manifest: manifestOf(await workdirFiles(clone, 'workdir', { signal })),
      });
    }
    for (const one of wanted) {
      throwIfCancelled(signal);
      const files = await workdirFiles(one.source, one.what, { except, signal });
      prepared.push({ upload: one, manifest: manifestOf(files) });
    }
    return await work(prepared);
  } finally {
    if (clone !== undefined) await rm(clone, { recursive: true, force: true });
  }
}
