import { constants, createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, stat, symlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CancelledError, ProviderError, throwIfCancelled } from '../core/errors';
import { abreast } from '../lib/abreast';
import { isSystemError } from './files';
import type { WorkdirEntry, WorkdirFiles } from './workdirFiles';

export interface CopyOptions {
  readonly signal: AbortSignal;
  /** Called after each piece, with what has been copied of `WorkdirFiles.bytes` and `files` so far. */
  readonly onProgress?: (bytes: number, files: number) => void;
}

/**
 * Copies what an upload takes along to `to`, merging with what is there. Where the disk can share blocks nothing is really
 * copied. Modes and times stay. A link that leads out of the folder leads to the same place afterwards.
 */
export async function copyFiles(
  { root, entries }: WorkdirFiles,
  to: string,
  options: CopyOptions,
): Promise<void> {
  let bytes = 0;
  let files = 0;
  const one = async (entry: WorkdirEntry) => {
    throwIfCancelled(options.signal);
    await copyEntry(join(root, entry.path), join(to, entry.path), entry, options.signal);
    if (entry.kind === 'folder') return;
    files += 1;
    if (entry.kind === 'file') bytes += entry.bytes;
    options.onProgress?.(bytes, files);
  };
  try {
    const [first] = entries;
    await mkdir(first?.path === '' ? dirname(to) : to, { recursive: true });
    for (const entry of entries) if (entry.kind === 'folder') await one(entry);
    await abreast(
      width,
      entries.filter((entry) => entry.kind !== 'folder'),
      one,
    );
  } catch (error) {
    throw translated(error, to);
  }
}

/** Copies under way at once. */
const width = 16;

/** Larger files are copied in pieces, so that a cancel need not wait for them. */
const largeFile = 32 << 20;

async function copyEntry(from: string, to: string, entry: WorkdirEntry, signal: AbortSignal): Promise<void> {
  switch (entry.kind) {
    case 'folder':
      await mkdir(to, { recursive: true });
      return;
    case 'link':
      await symlink(entry.outside ?? entry.target, to);
      return;
    case 'file':
      try {
        await copyContent(from, to, entry.bytes, signal);
        await utimes(to, entry.modifiedAt / 1000, entry.modifiedAt / 1000);
      } catch (error) {
        // It went away since it was listed.
        if (!isSystemError(error, 'ENOENT') || (await exists(from))) throw error;
      }
  }
}

async function copyContent(from: string, to: string, bytes: number, signal: AbortSignal): Promise<void> {
  if (bytes <= largeFile) {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    return;
  }
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);
  } catch {
    const { mode } = await stat(from);
    await pipeline(
      createReadStream(from, { highWaterMark: 1 << 20 }),
      createWriteStream(to, { mode, highWaterMark: 1 << 20 }),
      { signal },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function translated(error: unknown, to: string): unknown {
  if (error instanceof Error && error.name === 'AbortError') return new CancelledError();
  const options = { cause: error };
  if (isSystemError(error, 'ENOSPC', 'EDQUOT'))
    return new ProviderError('unavailable', `The disk is full. Make room and try again: ${to}`, options);
  if (isSystemError(error, 'EACCES', 'EPERM', 'EROFS')) {
    const path = (error as NodeJS.ErrnoException).path ?? to;
    return new ProviderError('invalid', `A file can’t be copied, permission denied: ${path}`, options);
  }
  if (isSystemError(error, 'EEXIST', 'ENOTDIR', 'EISDIR'))
    return new ProviderError('invalid', `Two things of the job want the same place: ${to}`, options);
  return error;
}
