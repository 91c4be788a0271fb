import { once } from 'node:events';
import { ProviderError, throwIfCancelled } from '../core/errors';
import { damaged, endOf } from './tarFiles';

/**
 * Unpacks a tar from somewhere else into `folder` (absolute, empty). Only files and folders come out: links are left out, and a name that
 * leads out of the folder, a device or a pipe is refused with a `ProviderError` of kind `invalid`, a tar that is damaged or cut off with one of
 * kind `unavailable`, and what can't be written throws what the system says. What is there then is not to be used.
 * Only what is `wanted` comes out, by its path in the tar.
 */
export async function unpackTar(
  pieces: AsyncIterable<Uint8Array>,
  folder: string,
  signal: AbortSignal,
  onRead: (bytes: number) => void = () => undefined,
  wanted: (path: string) => boolean = () => true,
): Promise<void> {
  const { Unpack } = await import('tar');
  let refused: string | undefined;
  let failure: Error | undefined;
  const unpack = new Unpack({
    cwd: folder,
    preserveOwner: false,
    // A file that could not be written, for a full disk, is only warned of.
    onwarn: (code, message, data) => {
      failure ??= failureOf(code, message, data);
    },
    filter: (path, entry) => {
      if (!('type' in entry) || !wanted(path)) return false;
      if (isLink(entry.type)) return false;
      if (!isPlain(entry.type) || !isInside(path)) {
        refused ??= path;
        return false;
      }
      // Nothing that runs as another user, and nothing that its owner can't read.
      entry.mode = ((entry.mode ?? 0o644) & 0o777) | (entry.type === 'Directory' ? 0o700 : 0o600);
      return true;
    },
  });
  const ended = endOf(unpack, 'close');
  ended.catch(() => undefined);
  for await (const bytes of pieces) {
    throwIfCancelled(signal);
    if (!unpack.write(Buffer.from(bytes))) await Promise.race([once(unpack, 'drain'), ended]);
    onRead(bytes.length);
    if (refused !== undefined) throw outside(refused);
    // What is damaged is read to its end: whoever sent it may say why.
    if (failure && !(failure instanceof ProviderError)) throw failure;
  }
  unpack.end();
  await ended;
  if (refused !== undefined) throw outside(refused);
  if (failure) throw failure;
}

function failureOf(code: string, message: string | Error, data: unknown): Error | undefined {
  if (code === 'TAR_ENTRY_INFO' || code === 'TAR_ENTRY_UNSUPPORTED') return undefined;
  if (data instanceof Error && code === 'TAR_ENTRY_ERROR') return data;
  return damaged(String(message));
}

function isLink(type: string): boolean {
  return type === 'SymbolicLink' || type === 'Link';
}

function isPlain(type: string): boolean {
  return type === 'File' || type === 'OldFile' || type === 'ContiguousFile' || type === 'Directory';
}

function isInside(path: string): boolean {
  return !/^[/\\]|^[A-Za-z]:/.test(path) && !path.split(/[\\/]/).includes('..') && !path.includes('\0');
}

function outside(path: string): ProviderError {
  return new ProviderError(
    'invalid',
    `What came is not only files and folders of its own, and was thrown away: ${JSON.stringify(path.slice(0, 200))}`,
  );
}
