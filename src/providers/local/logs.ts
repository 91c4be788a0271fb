import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError, ProviderError, throwIfCancelled } from '../../core/errors';
import type { LogChunk } from '../../core/provider';
import { isSystemError } from '../../node/files';

const chunkBytes = 1 << 17;
/** Pauses between two looks at a file that does not grow. */
const firstPause = 20;
const longestPause = 250;

/** The bytes of a file that grows, until `isOver` says that no more will come. The token is the offset of the next byte. */
export async function* logs(
  path: string,
  from: string | undefined,
  isOver: () => Promise<boolean>,
  signal: AbortSignal,
): AsyncIterable<LogChunk> {
  let offset = offsetOf(from);
  let file: FileHandle | undefined;
  let pause = firstPause;
  try {
    for (;;) {
      throwIfCancelled(signal);
      // Asked before reading: what was written until then is read below.
      const over = await isOver();
      file ??= await openIfThere(path);
      const before = offset;
      for (let bytes = await read(file, offset); bytes.length > 0; bytes = await read(file, offset)) {
        offset += bytes.length;
        yield { bytes, next: String(offset) };
        throwIfCancelled(signal);
      }
      if (over) return;
      pause = offset > before ? firstPause : Math.min(pause * 2, longestPause);
      await delay(pause, undefined, { signal }).catch(() => {
        throw new CancelledError();
      });
    }
  } finally {
    await file?.close();
  }
}

function offsetOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const offset = /^\d{1,15}$/.test(token) ? Number(token) : undefined;
  if (offset === undefined)
    throw new ProviderError('invalid', `This is no place in a log: ${token.slice(0, 100)}`);
  return offset;
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  return open(path).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  });
}

async function read(file: FileHandle | undefined, offset: number): Promise<Uint8Array> {
  if (!file) return new Uint8Array();
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, offset);
  return buffer.subarray(0, bytesRead);
}
