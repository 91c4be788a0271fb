import { createReadStream } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ProviderError, throwIfCancelled } from '../../core/errors';
import type { Machine } from '../../core/machine';
import { isSystemError } from '../../node/files';
import {
  remoteThing,
  transfer,
  type TransferEntry,
  type TransferOptions,
  type TransferResult,
} from './fileTransfer';
import { remoteJoin } from './remotePath';

/** Copies files and folders of this computer, by their absolute paths, into a folder of a machine. Links inside of them are left out. */
export async function upload(
  machine: Machine,
  paths: readonly string[],
  to: string,
  options: TransferOptions,
  signal: AbortSignal,
): Promise<TransferResult> {
  const entries: TransferEntry[] = [];
  const skipped: string[] = [];
  try {
    for (const path of paths) {
      const target = remoteJoin(to, basename(path));
      const there = await remoteThing(machine, target, signal);
      if (there && (await options.onConflict(basename(path))) === 'skip') continue;
      await gather(path, target, entries, skipped, signal);
    }
    return await transfer(entries, skipped, options, {
      folder: (entry) => machine.files.makeFolder(entry.to, signal),
      file: (entry, onBytes) => machine.files.write(entry.to, counted(entry.from, onBytes, signal), signal),
    });
  } catch (error) {
    throw translated(error);
  }
}

async function gather(
  from: string,
  to: string,
  entries: TransferEntry[],
  skipped: string[],
  signal: AbortSignal,
): Promise<void> {
  const stats = await stat(from);
  const { mode } = stats;
  if (stats.isFile()) {
    entries.push({ from, to, kind: 'file', bytes: stats.size, mode });
    return;
  }
  if (!stats.isDirectory()) {
    skipped.push(from);
    return;
  }
  entries.push({ from, to, kind: 'folder', bytes: 0, mode });
  for (const name of (await readdir(from)).sort()) {
    throwIfCancelled(signal);
    const path = join(from, name);
    // A link could lead anywhere, and in a circle.
    if ((await lstat(path)).isSymbolicLink()) skipped.push(path);
    else await gather(path, remoteJoin(to, name), entries, skipped, signal);
  }
}

async function* counted(
  path: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
    throwIfCancelled(signal);
    const bytes = chunk as Buffer;
    onBytes(bytes.length);
    yield bytes;
  }
}

function translated(error: unknown): unknown {
  if (isSystemError(error, 'ENOENT'))
    return new ProviderError('notFound', `Not there any more: ${pathOf(error)}`);
  if (isSystemError(error, 'EACCES', 'EPERM'))
    return new ProviderError('forbidden', `This can’t be read. Check its permissions: ${pathOf(error)}`);
  return error;
}

function pathOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).path ?? 'a file';
}
