import { open, type FileHandle } from 'node:fs/promises';
import type { Disposable } from '../lib/disposables';
import { isSystemError } from './files';
import { LogArchive } from './logArchive';

/**
 * Reads any part of a file that may not be there yet, and may grow. What of its beginning was compressed is read from
 * there, as if it were still in the file.
 */
export class FileBytes implements Disposable {
  private file: Promise<FileHandle | undefined> | undefined;
  private disposed = false;

  private readonly archive: LogArchive;

  constructor(readonly path: string) {
    this.archive = new LogArchive(path);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Of its beginning, how many bytes are compressed and how many they take so, as the last reading saw it. */
  get compressed(): { readonly bytes: number; readonly stored: number } {
    return { bytes: this.archive.bytes, stored: this.archive.compressedBytes };
  }

  /** Bytes in the file now and unix milliseconds of its last write; both 0 while there is none. */
  async measure(): Promise<{ readonly size: number; readonly modifiedAt: number }> {
    const file = await this.opened();
    try {
      const stats = await file?.stat();
      return { size: stats?.size ?? 0, modifiedAt: stats?.mtimeMs ?? 0 };
    } catch (error) {
      if (!this.isDisposed) throw error; // It was closed meanwhile.
      return { size: 0, modifiedAt: 0 };
    }
  }

  /** The bytes from `from` to `to`, in memory of their own; fewer where the file ends, none once disposed of. */
  async read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
    const buffer = new Uint8Array(Math.max(0, to - from));
    return buffer.subarray(0, await this.readInto(buffer, from));
  }

  /** Fills `buffer` with what begins at `from`; returns how many bytes there were. */
  async readInto(buffer: Uint8Array, from: number): Promise<number> {
    const file = buffer.length > 0 ? await this.opened() : undefined;
    let filled = 0;
    try {
      while (file && filled < buffer.length && !this.disposed) {
        const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, from + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      if (filled > 0) await this.archive.mend(buffer.subarray(0, filled), from);
    } catch (error) {
      if (!this.isDisposed) throw error; // It was closed meanwhile.
    }
    return filled;
  }

  dispose(): void {
    this.disposed = true;
    void this.file?.then((file) => file?.close());
    this.file = undefined;
    this.archive.dispose();
  }

  private async opened(): Promise<FileHandle | undefined> {
    if (this.disposed) return undefined;
    this.file ??= openIfThere(this.path);
    const file = await this.file;
    if (!file) this.file = undefined; // The next one looks again.
    return file;
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}
