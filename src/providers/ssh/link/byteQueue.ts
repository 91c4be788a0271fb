import type { Readable } from 'node:stream';

/** Bytes held for the reader before the sender is held back. */
const limit = 1 << 20;

/** Bytes on their way from a channel to its one reader. Not reading holds the sender back. */
export class ByteQueue implements AsyncIterable<Uint8Array> {
  private readonly chunks: Uint8Array[] = [];
  private held = 0;
  private over: { readonly error?: Error } | undefined;
  private wake: (() => void) | undefined;

  constructor(private readonly source: Readable) {
    source.on('data', (chunk: Uint8Array) => {
      if (this.over) return;
      this.chunks.push(chunk);
      this.held += chunk.length;
      if (this.held > limit) source.pause();
      this.wake?.();
    });
    source.once('end', () => {
      this.end();
    });
  }

  /** What is held can still be read; then comes the end, or `error`. Only the first end counts. */
  end(error?: Error): void {
    this.over ??= error ? { error } : {};
    this.wake?.();
  }

  /** Nobody reads any more: what comes is dropped, so that the channel can end. */
  drop(): void {
    this.end();
    this.chunks.length = 0;
    this.source.resume();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      // One at a time: whoever leaves leaves the others to the next reader.
      const chunk = this.chunks.shift();
      if (chunk) {
        this.held -= chunk.length;
        if (this.held < limit / 2 && this.source.isPaused()) this.source.resume();
        yield chunk;
        continue;
      }
      if (this.over?.error) throw this.over.error;
      if (this.over) return;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = undefined;
    }
  }
}
