import { CancelledError, throwIfCancelled } from '../../../core/errors';
import type { ProcessEnd, RemoteProcess } from '../../../core/machine';

/** Does `work`, unless `signal` is aborted first: then that rejects with `CancelledError`, and whoever worked is left behind. */
export async function unlessCancelled<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = () => {
    reject(new CancelledError());
  };
  signal.addEventListener('abort', cancel);
  if (signal.aborted) cancel();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', cancel);
    work.catch(() => undefined);
    promise.catch(() => undefined);
  }
}

/**
 * Gives `pieces` to a program's stdin as fast as it takes them, and waits for its end. A program that ends early gets no more. Cancelled,
 * it is left to find that its stdin ended.
 */
export async function feed(
  program: RemoteProcess,
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  onWritten: (bytes: number) => void = () => undefined,
): Promise<ProcessEnd> {
  const ended = { yet: false };
  const end = program.ended.finally(() => {
    ended.yet = true;
  });
  end.catch(() => undefined);
  const draining = drain(program.output);
  try {
    for await (const bytes of pieces) {
      throwIfCancelled(signal);
      if (ended.yet) break;
      // Whoever has ended takes nothing any more.
      await unlessCancelled(signal, Promise.race([program.write(bytes).catch(() => end), end]));
      onWritten(bytes.length);
    }
    program.endInput();
    await unlessCancelled(signal, draining);
    return await unlessCancelled(signal, end);
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  } finally {
    program.close();
  }
}

/** All that a program prints, which has no stdin. At most `limit` bytes are kept. */
export async function printed(
  program: RemoteProcess,
  limit: number,
  signal: AbortSignal,
): Promise<{ readonly end: ProcessEnd; readonly bytes: Uint8Array }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  program.endInput();
  const reading = async () => {
    for await (const chunk of program.output) {
      if (size < limit) chunks.push(chunk.subarray(0, limit - size));
      size += chunk.length;
    }
    return program.ended;
  };
  try {
    return { end: await unlessCancelled(signal, reading()), bytes: Buffer.concat(chunks) };
  } finally {
    program.close();
  }
}

async function drain(output: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    const reader = output[Symbol.asyncIterator]();
    while (!(await reader.next()).done);
  } catch {
    // `ended` says why.
  }
}
