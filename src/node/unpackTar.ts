import { once } from 'node:events';
import { ProviderError, throwIfCancelled } from '../core/errors';

/**
 * Unpacks a tar from somewhere else into `folder` (absolute, empty). Only files and folders come out: links are left out, and a name that
 * leads out of the folder, a device or a pipe is refused with a `ProviderError` of kind `invalid`. What is there then is not to be used.
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
  const unpack = new Unpack({
    cwd: folder,
    preserveOwner: false,
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
  const ended = once(unpack, 'close');
  ended.catch(() => undefined);
  for await (const bytes of pieces) {
    throwIfCancelled(signal);
    if (!unpack.write(Buffer.from(bytes))) await Promise.race([once(unpack, 'drain'), ended]);
    onRead(bytes.length);
    if (refused !== undefined) throw outside(refused);
  }
  unpack.end();
  await ended;
  if (refused !== undefined) throw outside(refused);
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
