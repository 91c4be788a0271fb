import type { FileHandle } from 'node:fs/promises';
import type { LogChunk } from '../../core/provider';

/** Bytes that may wait for the disk before the source has to. */
const mostWaiting = 8 << 20;
/** The system takes no more buffers in one write. */
const mostBuffers = 1024;

/**
 * Appends chunks to a file while the next ones come: what has come meanwhile is one write. `wrote` hears of each write, once its
 * bytes are in the file, with the token to go on from.
 */
export class BatchWriter {
  private waiting: LogChunk[] = [];
  private waitingBytes = 0;
  private writing: Promise<void> | undefined;
  private failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly file: FileHandle,
    private readonly wrote: (bytes: number, next: string) => void,
  ) {}

  /** Resolves when there is room for more. Throws what an earlier write threw; then nothing more is written. */
  async add(chunk: LogChunk): Promise<void> {
    this.throwFailure();
    this.waiting.push(chunk);
    this.waitingBytes += chunk.bytes.length;
    this.writing ??= this.writeAll();
    if (this.waitingBytes >= mostWaiting) await this.finished();
  }

  /** Resolves when all is written. Throws what a write threw. */
  async finished(): Promise<void> {
    await this.writing;
    this.throwFailure();
  }

  /** Never rejects: nobody may be waiting yet. */
  private async writeAll(): Promise<void> {
    try {
      while (this.waiting.length > 0) await this.writeBatch(this.waiting.splice(0, mostBuffers));
    } catch (error) {
      this.failure = { error };
      this.waiting = [];
    }
    this.writing = undefined;
  }

  private async writeBatch(batch: readonly LogChunk[]): Promise<void> {
    const bytes = batch.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
    this.waitingBytes -= bytes;
    await writeWhole(
      this.file,
      batch.map((chunk) => chunk.bytes),
    );
    this.wrote(bytes, batch.at(-1)?.next ?? '');
  }

  private throwFailure(): void {
    if (this.failure) throw this.failure.error;
  }
}

/** A write may take only a part, as on a disk that is nearly full. */
async function writeWhole(file: FileHandle, buffers: readonly Uint8Array[]): Promise<void> {
  let rest = buffers;
  for (;;) {
    let { bytesWritten } = await file.writev(rest);
    const torn = rest.findIndex(({ length }) => {
      if (bytesWritten < length) return true;
      bytesWritten -= length;
      return false;
    });
    if (torn < 0) return;
    rest = rest.slice(torn).map((bytes, index) => (index === 0 ? bytes.subarray(bytesWritten) : bytes));
  }
}
