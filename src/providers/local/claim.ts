import { readFile, readlink, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { jobFolder } from '../../core/jobFolder';
import { createExclusive, isSystemError } from '../../node/files';

/**
 * Who came first: the starter (nodes.sh), then the job exists, or whoever gave it up, then it never will. `undefined` while
 * nobody has; `unfinished` while the starter is about to write its name, or could not because the disk is full.
 */
export type Claim =
  | { readonly kind: 'started'; readonly pid: number; readonly at: number }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'unfinished' };

/** `at` is in unix milliseconds. */
export async function readClaim(folder: string): Promise<Claim | undefined> {
  const path = join(folder, jobFolder.claim);
  try {
    const text = await readFile(path, 'utf8');
    const pid = /^started (\d+)\s/.exec(text)?.[1];
    if (pid !== undefined)
      return { kind: 'started', pid: Number(pid), at: Math.round((await stat(path)).mtimeMs) };
    return { kind: text.startsWith('aborted') ? 'aborted' : 'unfinished' };
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR'))
      return (await isAbortedLink(path)) ? { kind: 'aborted' } : undefined;
    throw error;
  }
}

/** A link needs no room: how a submission is given up on a full disk. The starter can't make a file in its place. */
async function isAbortedLink(path: string): Promise<boolean> {
  return readlink(path).then(
    () => true,
    () => false,
  );
}

async function abort(path: string): Promise<boolean> {
  try {
    return await createExclusive(path, 'aborted\n');
  } catch (error) {
    if (!isSystemError(error, 'ENOSPC', 'EDQUOT')) throw error;
  }
  try {
    await symlink('aborted', path);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return false;
    throw error;
  }
}

/** The time between making a file and writing a line into it. */
const patience = 1000;

/**
 * Decides now: `true` when the job was started, `false` when it was not, and then it never will be. A folder that is not
 * there can't be started from either.
 */
export async function settleClaim(folder: string): Promise<boolean> {
  try {
    if (await abort(join(folder, jobFolder.claim))) return false;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false;
    throw error;
  }
  const deadline = performance.now() + patience;
  for (;;) {
    const claim = await readClaim(folder);
    if (claim?.kind !== 'unfinished') return claim?.kind === 'started';
    if (performance.now() > deadline) return false;
    await delay(20);
  }
}
