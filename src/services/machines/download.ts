import { randomBytes } from 'node:crypto';
import { mkdir, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ProviderError, throwIfCancelled } from '../../core/errors';
import type { Machine, RemoteFile } from '../../core/machine';
import { isSystemError, jailedPath } from '../../node/files';
import { transfer, type TransferEntry, type TransferOptions, type TransferResult } from './fileTransfer';
import { isPlainName, remoteJoin, remoteName } from './remotePath';

/**
 * Copies files and folders of a machine, by their absolute paths, into a folder of this computer. Names on the machine are a
 * stranger's: nothing is ever written outside of the folder, neither by a name nor through a link.
 */
export async function download(
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
      // A link that was named itself is followed; those inside of folders are left out.
      const thing = { ...(await machine.files.stat(path, signal)), name: remoteName(path) };
      if ((await isThere(join(to, thing.name))) && (await options.onConflict(thing.name)) === 'skip')
        continue;
      await gather(machine, path, thing, '', { entries, skipped }, signal);
    }
    return await transfer(entries, skipped, options, {
      folder: async (entry) => {
        await mkdir(await inside(to, entry.to), { recursive: true });
      },
      file: async (entry, onBytes) => write(machine, entry, await inside(to, entry.to), onBytes, signal),
    });
  } catch (error) {
    throw translated(error, to);
  }
}

async function gather(
  machine: Machine,
  from: string,
  { name, kind, bytes, mode }: RemoteFile,
  folder: string,
  found: { readonly entries: TransferEntry[]; readonly skipped: string[] },
  signal: AbortSignal,
): Promise<void> {
  throwIfCancelled(signal);
  const { entries, skipped } = found;
  if ((kind !== 'file' && kind !== 'folder') || !isPlainName(name, process.platform === 'win32')) {
    skipped.push(from);
    return;
  }
  const to = folder === '' ? name : join(folder, name);
  entries.push({ from, to, kind, bytes: kind === 'file' ? bytes : 0, mode });
  if (kind === 'file') return;
  for (const child of await machine.files.list(from, signal))
    await gather(machine, remoteJoin(from, child.name), child, to, found, signal);
}

/** Where it goes, or a refusal where that would lead out of the folder, as through a link that is there. */
async function inside(root: string, path: string): Promise<string> {
  const target = await jailedPath(root, path);
  if (target === undefined)
    throw new ProviderError('forbidden', `This would be written outside of the chosen folder: ${path}`);
  return target;
}

/** Whole or not at all: a draft beside it, renamed at the end. */
async function write(
  machine: Machine,
  { from, mode }: TransferEntry,
  target: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const draft = join(dirname(target), `.trainyard-${randomBytes(6).toString('hex')}.part`);
  try {
    // Neither setuid nor what others may write: these bits are the machine's business.
    const file = await open(draft, 'wx', mode & 0o755);
    try {
      for await (const bytes of machine.files.read(from, 0, signal)) {
        throwIfCancelled(signal);
        await file.writeFile(bytes);
        onBytes(bytes.length);
      }
    } finally {
      await file.close();
    }
    throwIfCancelled(signal);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function translated(error: unknown, to: string): unknown {
  if (isSystemError(error, 'ENOSPC', 'EDQUOT'))
    return new ProviderError('unavailable', `The disk is full. Make room and try again: ${to}`);
  if (isSystemError(error, 'EACCES', 'EPERM', 'EROFS'))
    return new ProviderError('forbidden', `This folder can’t be written. Choose another: ${to}`);
  if (isSystemError(error, 'EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY'))
    return new ProviderError(
      'conflict',
      `A folder and a file have the same name. Choose another folder: ${to}`,
    );
  return error;
}
