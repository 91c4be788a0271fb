import type { ClientChannel } from 'ssh2';
import { CancelledError } from '../../../core/errors';
import type { ProcessEnd, RemoteProcess } from '../../../core/machine';
import { ByteQueue } from './byteQueue';
import type { Link } from './link';
import { lostError } from './linkError';

const longestStderr = 65_536;

/** A channel in which a program runs. `onEnd` is called once, when the channel is free again. */
export function remoteProcess(
  channel: ClientChannel,
  link: Link,
  alias: string,
  signal: AbortSignal,
  onEnd: () => void,
): RemoteProcess {
  const output = new ByteQueue(channel);
  const stderr = tailOf(channel.stderr, longestStderr);
  const { promise: ended, resolve, reject } = Promise.withResolvers<ProcessEnd>();
  // Whoever reads the output hears of a loss there; not everybody asks for the end besides.
  ended.catch(() => undefined);
  let exit: Pick<ProcessEnd, 'code' | 'signal'> | undefined;
  const fail = (error: Error) => {
    reject(error);
    output.end(error);
    settled();
  };
  const cancel = () => {
    close(new CancelledError());
  };
  const watching = link.onLost((lost) => {
    fail(lost);
    free();
  });
  const settled = () => {
    watching.dispose();
    signal.removeEventListener('abort', cancel);
  };
  let freed = false;
  const free = () => {
    if (freed) return;
    freed = true;
    onEnd();
  };
  const close = (why: Error) => {
    reject(why);
    output.drop();
    channel.stderr.resume();
    channel.close();
    signal.removeEventListener('abort', cancel);
  };
  channel.on('error', () => undefined);
  channel.once('exit', (code: number | null, killedBy?: string) => {
    exit = { code, signal: killedBy ?? null };
  });
  channel.once('close', () => {
    if (exit) resolve({ ...exit, stderr: stderr() });
    else fail(lostError(alias, 'the machine ended this channel'));
    settled();
    free();
  });
  // Half-open: without this the channel stays when its program has ended.
  channel.once('end', () => {
    channel.end();
  });
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  return {
    output,
    ended,
    write: (bytes) => written(channel, bytes, link),
    endInput: () => {
      channel.end();
    },
    resize: (columns, rows) => {
      channel.setWindow(rows, columns, 0, 0);
    },
    close: () => {
      close(new CancelledError());
    },
  };
}

/** Resolves once the other side has room for more; also when it takes nothing any more. Rejects when the connection is lost. */
export async function written(channel: ClientChannel, bytes: Uint8Array, link: Link): Promise<void> {
  if (link.lost) throw link.lost;
  if (!channel.writable) return;
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const done = () => {
    resolve(undefined);
  };
  const watching = link.onLost(reject);
  // A channel that was closed drops what is written to it and never says so.
  channel.once('close', done);
  channel.write(bytes, done);
  try {
    await promise;
  } finally {
    watching.dispose();
    channel.off('close', done);
  }
}

/** Reads all of a stream and keeps its end. */
function tailOf(stream: NodeJS.ReadableStream, bytes: number): () => string {
  let chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > 2 * bytes) {
      chunks = [Buffer.concat(chunks).subarray(-bytes)];
      size = bytes;
    }
  });
  return () => Buffer.concat(chunks).subarray(-bytes).toString('utf8');
}
