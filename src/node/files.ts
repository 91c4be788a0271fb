import { randomBytes } from 'node:crypto';
import { link, lstat, mkdir, open, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';

/** Whether the system said `code`, such as `ENOENT`. */
export function isSystemError(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

/**
 * Writes a whole file or nothing: no reader ever sees a part of it, not even after a crash. Readable by its owner only
 * unless `mode` says otherwise.
 */
export async function writeAtomic(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Makes a file that nobody has made yet: `false` where it exists. Of many who try at once, one gets `true`, and whoever
 * sees the file sees all of it.
 */
export async function createExclusive(path: string, data: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  await writeFile(temporary, data, { mode: 0o600, flag: 'wx' });
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Where `path` lies under `root`, or `undefined` when it leads out of it: by being absolute, by `..`, or through a link. The file
 * itself need not exist.
 */
export async function jailedPath(root: string, path: string): Promise<string | undefined> {
  if (path.includes('\0') || isAbsolute(path) || /^[A-Za-z]:/.test(path)) return undefined;
  const joined = join(root, path);
  if (!isInside(root, joined)) return undefined;
  const realRoot = await realpath(root);
  // The nearest part that exists decides: what is not there yet can't be a link.
  for (let part = joined; ; part = dirname(part)) {
    const real = await realpath(part).catch((error: unknown) => {
      if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
      throw error;
    });
    if (real !== undefined) return isInside(realRoot, real) ? joined : undefined;
    // A link whose target is missing would be followed by whoever writes here.
    if (await isLink(part)) return undefined;
    if (part === root) return undefined;
  }
}

/** Whether `path` is `root` or below it; both absolute, links not followed. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
}

const doomed = '.deleted-';

/**
 * Takes a folder away at once, as one step, and then deletes what was in it. Whoever still knows its old path finds
 * nothing there and can't bring it back half. What a crash leaves is found by `doomedFolders`.
 */
export async function removeFolder(path: string, afterMove?: () => void | Promise<void>): Promise<void> {
  const moved = join(dirname(path), `${doomed}${basename(path)}-${randomBytes(4).toString('hex')}`);
  try {
    await rename(path, moved);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
    await afterMove?.();
    return;
  }
  await afterMove?.();
  await rm(moved, { recursive: true, force: true, maxRetries: 5 });
}

/** Folders in `parent` whose removal was cut off, with the names that they had. */
export async function doomedFolders(parent: string): Promise<readonly { path: string; name: string }[]> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  return (await readdir(parent))
    .filter((entry) => entry.startsWith(doomed))
    .map((entry) => ({ path: join(parent, entry), name: entry.slice(doomed.length, -9) }));
}
