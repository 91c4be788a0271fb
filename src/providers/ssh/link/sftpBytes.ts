import { throwIfCancelled } from '../../../core/errors';
import type { SftpSession } from './sftpSession';

/** Bytes of one request: what every server takes. */
const block = 32_768;
/** Requests on their way at once: 2 MiB, so that a far machine is as fast as a near one. */
const ahead = 64;

/** The file's bytes from `from` on. */
export async function* readFrom(
  session: SftpSession,
  path: string,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const handle = await open(session, path, 'r', 0o644);
  const asked: Promise<Uint8Array>[] = [];
  try {
    for (let position = from; ;) {
      while (asked.length < ahead) {
        const reading = readBlock(session, path, handle, position);
        // What was asked for ahead of an error or of a reader who left has nobody to tell.
        reading.catch(() => undefined);
        asked.push(reading);
        position += block;
      }
      const bytes = (await asked.shift()) ?? new Uint8Array(0);
      throwIfCancelled(signal);
      if (bytes.length > 0) yield bytes;
      if (bytes.length < block) return;
    }
  } finally {
    await close(session, path, handle);
  }
}

/** Makes the file, which must not be there, with these bytes. */
export async function writeAll(
  session: SftpSession,
  path: string,
  mode: number,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const handle = await open(session, path, 'wx', mode);
  try {
    const sent: Promise<unknown>[] = [];
    let position = 0;
    for await (const chunk of bytes) {
      for (let start = 0; start < chunk.length; start += block) {
        throwIfCancelled(signal);
        const part = Buffer.from(chunk.subarray(start, start + block));
        const at = position;
        position += part.length;
        const writing = session.call<unknown>(path, (sftp, done) => {
          sftp.write(handle, part, 0, part.length, at, done as (error?: Error | null) => void);
        });
        writing.catch(() => undefined);
        sent.push(writing);
        if (sent.length >= ahead) await sent.shift();
      }
    }
    await Promise.all(sent);
    throwIfCancelled(signal);
  } finally {
    await close(session, path, handle);
  }
}

/** Shorter only at the file's end: a server may give less than was asked for at any time. */
async function readBlock(
  session: SftpSession,
  path: string,
  handle: Buffer,
  position: number,
): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(block);
  let length = 0;
  while (length < block) {
    const got = await session.call<number>(path, (sftp, done) => {
      sftp.read(handle, buffer, length, block - length, position + length, done);
    });
    if (got === 0) break;
    length += got;
  }
  return buffer.subarray(0, length);
}

function open(session: SftpSession, path: string, flags: 'r' | 'wx', mode: number): Promise<Buffer> {
  return session.call<Buffer>(path, (sftp, done) => {
    sftp.open(path, flags, { mode }, done);
  });
}

/** A connection that was lost has closed it. */
async function close(session: SftpSession, path: string, handle: Buffer): Promise<void> {
  await session
    .call<unknown>(path, (sftp, done) => {
      sftp.close(handle, done as (error?: Error | null) => void);
    })
    .catch(() => undefined);
}
