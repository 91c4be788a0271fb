import { once } from 'node:events';
import { throwIfCancelled } from '../core/errors';

export interface TarFile {
  /** As it is below where the tar is unpacked. */
  readonly path: string;
  readonly bytes: number;
}

/** A file more, and the list ends: an archive that is made to fill the memory does not. */
const mostFiles = 1_000_000;

/** The files of a tar, by its headers; links and devices are left out, and so are paths that lead out of it. */
export async function tarFiles(
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<readonly TarFile[]> {
  const { Parser } = await import('tar');
  const files: TarFile[] = [];
  const parser = new Parser({
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
export function insideTar(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (path.startsWith('/') || parts.length === 0 || parts.includes('..') || path.includes('\0'))
    return undefined;
  return parts.join('/');
}
