import { once } from 'node:events';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ProviderError, throwIfCancelled } from '../../../core/errors';

export interface ArchiveFile {
  readonly path: string;
  readonly bytes: number;
}

/** A file more, and the list ends: an archive that is made to fill the memory does not. */
const mostFiles = 1_000_000;

/** The bytes within a gzipped stream. Throws what reading it throws, and `ProviderError` where it is no such stream, or not all of one. */
export async function* gunzipped(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  pipeline(Readable.from(pieces), gunzip, () => undefined);
  try {
    for await (const bytes of gunzip) yield bytes as Uint8Array;
  } catch (error) {
    if (error instanceof Error && /^(?:Z_|ERR_STREAM_PREMATURE_CLOSE)/.test((error as NodeJS.ErrnoException).code ?? ''))
      throw new ProviderError('unavailable', `What the job left in S3 is damaged: ${error.message}`, { cause: error });
    throw error;
  } finally {
    gunzip.destroy();
  }
}

/** The files of a tar, by its headers; links and devices are left out, and so are paths that lead out of it. */
export async function filesOf(
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<readonly ArchiveFile[]> {
  const { Parser } = await import('tar');
  const files: ArchiveFile[] = [];
  const parser = new Parser({
    onReadEntry: (entry) => {
      const path = inside(entry.path);
      if ((entry.type === 'File' || entry.type === 'OldFile') && path !== undefined && files.length < mostFiles)
        files.push({ path, bytes: entry.size });
      entry.resume();
    },
  });
  const ended = once(parser, 'end');
  ended.catch(() => undefined);
  for await (const bytes of pieces) {
    throwIfCancelled(signal);
    if (!parser.write(Buffer.from(bytes))) await Promise.race([once(parser, 'drain'), ended]);
  }
  parser.end();
  await ended;
  return files;
}

/** A path of an archive as it is below where it is unpacked; `undefined` where it would not be there. */
export function inside(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (path.startsWith('/') || parts.length === 0 || parts.includes('..') || path.includes('\0')) return undefined;
  return parts.join('/');
}
