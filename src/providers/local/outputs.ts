import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { throwIfCancelled } from '../../core/errors';
import { jobFolder } from '../../core/jobFolder';
import type { JobOutput } from '../../core/provider';
import { isSystemError } from '../../node/files';

/** Of an output with more files only these are listed; all of them are in its folder. */
const mostFiles = 10_000;

/** The outputs of node 0 by their names, then those of the others as `node-1/model`. */
export async function outputs(folder: string, signal: AbortSignal): Promise<readonly JobOutput[]> {
  const root = join(folder, jobFolder.outputs);
  const found: JobOutput[] = [];
  const names = await list(root);
  const isNode = (name: string) => /^node-[1-9]\d*$/.test(name);
  for (const name of names.filter((one) => !isNode(one))) found.push(await output(root, name, signal));
  for (const node of names.filter(isNode)) {
    for (const name of await list(join(root, node)))
      found.push(await output(root, `${node}/${name}`, signal));
  }
  return found;
}

async function output(root: string, name: string, signal: AbortSignal): Promise<JobOutput> {
  const folder = join(root, name);
  const files: { path: string; bytes: number }[] = [];
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isFile())
    return { name, folder: dirname(folder), files: [{ path: basename(folder), bytes: stats.size }] };
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    throwIfCancelled(signal);
    if (!entry.isFile() || files.length >= mostFiles) continue;
    const path = join(entry.parentPath, entry.name);
    files.push({ path: relative(folder, path).split(sep).join('/'), bytes: (await stat(path)).size });
  }
  return { name, folder, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

async function list(folder: string): Promise<readonly string[]> {
  return readdir(folder).then(
    (names) => names.sort(),
    (error: unknown) => {
      if (isSystemError(error, 'ENOENT')) return [];
      throw error;
    },
  );
}
