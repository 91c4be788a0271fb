import { ProviderError } from '../../../../core/errors';
import type { LogChunk } from '../../../../core/provider';

/** Bytes that wait for somebody to take them; what comes then is read again later. */
const mostWaiting = 8 << 20;

/** What a reader of a log was given and has not taken, and whether there will be more. */
export class WaitingChunks {
  private readonly waiting: LogChunk[] = [];
  private bytes = 0;
  private over = false;
  private failure: Error | undefined;
  private wake: () => void = () => undefined;

  get hasRoom(): boolean {
    return this.bytes < mostWaiting;
  }

  push(chunk: LogChunk): void {
    this.bytes += chunk.bytes.length;
    this.waiting.push(chunk);
    this.wake();
  }

  end(error?: Error): void {
    this.over = true;
    this.failure = error;
    this.wake();
  }

  /** What came next; `undefined` at the end. Throws what it was ended with, once all is given. */
  async next(): Promise<LogChunk | undefined> {
    for (;;) {
      const chunk = this.waiting.shift();
      if (chunk) {
        this.bytes -= chunk.bytes.length;
        return chunk;
      }
      if (this.failure) throw this.failure;
      if (this.over) return undefined;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.wake = () => {
        resolve(undefined);
      };
      await promise;
    }
  }
}

/** The three numbers of a token. Throws `ProviderError` of kind `invalid` where it is none. */
export function tokenNumbers(token: string): [number, number, number] {
  const found = /^(\d{1,15}):(\d{1,15}):(\d{1,15})$/.exec(token);
  if (!found) throw new ProviderError('invalid', `This is no place in a log: ${token.slice(0, 100)}`);
  return found.slice(1).map(Number) as [number, number, number];
}
