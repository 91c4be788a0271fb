import { ProviderError, throwIfCancelled } from '../../core/errors';
import type { LogChunk } from '../../core/provider';
import { Emitter } from '../../lib/event';
import { FileTail } from '../../node/fileTail';

/** The bytes of a file that grows, until `isOver` says that no more will come. The token is the offset of the next byte. */
export async function* logs(
  path: string,
  from: string | undefined,
  isOver: () => Promise<boolean>,
  signal: AbortSignal,
): AsyncIterable<LogChunk> {
  const wake = new Emitter<void>();
  const tail = new FileTail(path, offsetOf(from), wake.event);
  const cancel = () => {
    wake.fire();
  };
  signal.addEventListener('abort', cancel);
  try {
    for (;;) {
      throwIfCancelled(signal);
      // Asked before reading: what was written until then is read below.
      const over = await isOver();
      for (let bytes = await tail.next(); bytes; bytes = await tail.next()) {
        yield { bytes, next: String(tail.position) };
        throwIfCancelled(signal);
      }
      if (over) return;
      await tail.wait();
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    tail.dispose();
  }
}

function offsetOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const offset = /^\d{1,15}$/.test(token) ? Number(token) : undefined;
  if (offset === undefined)
    throw new ProviderError('invalid', `This is no place in a log: ${token.slice(0, 100)}`);
  return offset;
}
