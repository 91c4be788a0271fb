import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { JobSpec } from '../core/jobSpec/jobSpec';
import { workdirFiles, type WorkdirFiles } from './workdirFiles';

/** Something of this computer that a job brings along. */
export interface Upload {
  /** For people: `workdir`, or `file mount data`. */
  readonly what: string;
  /** Absolute. */
  readonly source: string;
  /** Where it comes to lie: relative to the job's working directory, which itself is the empty path, or absolute, or from `~`. */
  readonly destination: string;
}

/** The local folders and files that a job brings along, its workdir first. Relative paths start from `baseFolder`. */
export function uploads(spec: JobSpec, baseFolder: string): readonly Upload[] {
  const found: Upload[] = [];
  if (typeof spec.workdir === 'string')
    found.push({ what: 'workdir', source: localPath(spec.workdir, baseFolder), destination: '' });
  for (const [destination, mount] of Object.entries(spec.file_mounts)) {
    if (mount.kind !== 'copy' || isUrl(mount.source)) continue;
    found.push({
      what: `file mount ${destination}`,
      source: localPath(mount.source, baseFolder),
      destination,
    });
  }
  return found;
}

/** Whether a mount's source is a bucket or the like rather than a path. */
export function isUrl(source: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(source);
}

/** How much the uploads are together. `except` as in `workdirFiles`. */
export async function uploadSize(
  all: readonly Upload[],
  options: { readonly except?: string; readonly signal: AbortSignal },
): Promise<Pick<WorkdirFiles, 'files' | 'bytes'>> {
  let files = 0;
  let bytes = 0;
  for (const upload of all) {
    const listed = await workdirFiles(upload.source, upload.what, options);
    files += listed.files;
    bytes += listed.bytes;
  }
  return { files, bytes };
}

function localPath(path: string, baseFolder: string): string {
  if (path === '~' || /^~[/\\]/.test(path)) return join(homedir(), path.slice(1));
  return resolve(baseFolder, path);
}
