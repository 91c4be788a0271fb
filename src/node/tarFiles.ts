import { once, type EventEmitter } from 'node:events';
import { ProviderError, throwIfCancelled } from '../core/errors';

export interface TarFile {
  /** As it is below where the tar is unpacked. */
  readonly path: string;
  readonly bytes: number;
}

/** A file more, and the list ends: an archive that is made to fill the memory does not. */
const mostFiles = 1_000_000;

/**
 * The files of a tar, by its headers; links and devices are left out, and so are paths that lead out of it. Throws `ProviderError` where it is
 * damaged or cut off.
 */
export async function tarFiles(
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<readonly TarFile[]> {
  const { Parser } = await import('tar');
  const files: TarFile[] = [];
  let damage: string | undefined;
  const parser = new Parser({
    onwarn: (code, message) => {
      if (code === 'TAR_BAD_ARCHIVE' || code === 'TAR_ENTRY_INVALID') damage ??= message;
    },
    onReadEntry: (entry) => {
      const path = insideTar(entry.path);
      if (
        (entry.type === 'File' || entry.type === 'OldFile') &&
        path !== undefined &&
        files.length < mostFiles
      )
        files.push({ path, bytes: entry.size });
      entry.resume();
    },
  });
  const ended = endOf(parser, 'end');
  ended.catch(() => undefined);
  for await (const bytes of pieces) {
    throwIfCancelled(signal);
    if (!parser.write(Buffer.from(bytes))) await Promise.race([once(parser, 'drain'), ended]);
  }
  parser.end();
  await ended;
  if (damage !== undefined) throw damaged(damage);
  return files;
}

/** The end of reading a tar, which fails as damaged where the bytes are none. */
export async function endOf(reader: EventEmitter, event: 'close' | 'end'): Promise<void> {
  try {
    await once(reader, event);
  } catch (error) {
    const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? '') : '';
    throw code.startsWith('TAR_') && error instanceof Error ? damaged(error.message) : error;
  }
}

export function damaged(why: string): ProviderError {
  return new ProviderError('unavailable', `What came is damaged, and nothing of it is used: ${why}`);
}

/** A path of an archive as it is below where it is unpacked; `undefined` where it would not be there. */
export function insideTar(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (path.startsWith('/') || parts.length === 0 || parts.includes('..') || path.includes('\0'))
    return undefined;
  return parts.join('/');
}
