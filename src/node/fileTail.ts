import { existsSync, watch, type FSWatcher } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Event } from '../lib/event';
import type { Disposable } from '../lib/disposables';
import { LogArchive } from './logArchive';

/** Pause between two looks at a file that is growing: many small writes are taken as one. */
const busyPause = 40;
/** Longest pause between two looks at a quiet file. Network file systems and Windows don't report every write. */
const quietPause = 1000;
/** A file that grew within this time is looked at again without waiting for its watcher. */
const stillBusy = 300;

/** Bytes of one read. */
const chunkBytes = 1 << 18;

/**
 * Reads a file that another process appends to, from its start or any offset, also before the file exists. While it
 * grows it is polled, so that a job that writes a million small pieces costs no more than one that writes a few large
 * ones; while it is quiet a file watcher sleeps. What of its beginning was compressed is read from there, as if it were
 * still in the file.
 */
export class FileTail implements Disposable {
  /** Bytes in the file at the last look. */
  size = 0;
  /** Unix milliseconds of the last write at that look; 0 while there is no file. */
  modifiedAt = 0;
  private file: FileHandle | undefined;
  private watcher: FSWatcher | undefined;
  private stirred = false;
  private grewAt = -Infinity;
  private disposed = false;
  private wakeUp: (() => void) | undefined;
  private readonly subscription: Disposable;
  private readonly archive: LogArchive;

  /** `wake` makes a waiting tail look again, as when the job has ended. Whoever works long on its chunks asks for small ones. */
  constructor(
    private readonly path: string,
    private offset: number,
    wake: Event<void>,
    private readonly chunk = chunkBytes,
  ) {
    this.archive = new LogArchive(path);
    this.subscription = wake(() => {
      this.stir();
    });
  }

  get position(): number {
    return this.offset;
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Looks, and returns the file's size in bytes. */
  async measure(): Promise<number> {
    await this.look();
    return this.size;
  }

  /** The next bytes, in memory of their own; `undefined` where the file ends now. */
  async next(): Promise<Uint8Array | undefined> {
    const file = await this.look();
    if (!file || this.disposed || this.size <= this.offset) return undefined;
    const buffer = new Uint8Array(Math.min(this.chunk, this.size - this.offset));
    const bytesRead = await this.fill(file, buffer, this.offset);
    if (bytesRead === 0) return undefined;
    this.offset += bytesRead;
    this.grewAt = performance.now();
    return buffer.subarray(0, bytesRead);
  }

  /** Any part of what the file holds, without moving the tail. */
  async read(from: number, to: number): Promise<Uint8Array> {
    const buffer = new Uint8Array(Math.max(0, to - from));
    const file = this.file ?? (await this.look());
    return buffer.subarray(0, file ? await this.fill(file, buffer, from) : 0);
  }

  /** Resolves when there may be more, or when woken or disposed of. */
  async wait(): Promise<void> {
    const quiet = performance.now() - this.grewAt > stillBusy;
    if (!quiet) this.unwatch();
    // What was written before the watcher stood is seen by one more look.
    else if (!this.watcher && this.startWatching()) return;
    if (this.stirred || this.disposed) {
      this.stirred = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, quiet ? quietPause : busyPause);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = undefined;
    this.stirred = false;
  }

  dispose(): void {
    this.disposed = true;
    this.subscription.dispose();
    this.unwatch();
    void this.file?.close();
    this.file = undefined;
    this.archive.dispose();
    this.stir();
  }

  private stir(): void {
    this.stirred = true;
    this.wakeUp?.();
  }

  private async look(): Promise<FileHandle | undefined> {
    const file = this.file ?? (await this.opened());
    if (!file) return undefined;
    try {
      const { size, mtimeMs } = await file.stat();
      this.size = size;
      this.modifiedAt = mtimeMs;
    } catch (error) {
      if (!this.isDisposed) throw error;
    }
    return file;
  }

  /** Reads until `buffer` is full, the file ends or the tail is disposed of; returns how many bytes. */
  private async fill(file: FileHandle, buffer: Uint8Array, from: number): Promise<number> {
    let filled = 0;
    try {
      while (filled < buffer.length && !this.disposed) {
        const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, from + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      await this.archive.mend(buffer.subarray(0, filled), from);
    } catch (error) {
      if (!this.isDisposed) throw error; // It was closed meanwhile.
    }
    return filled;
  }

  private async opened(): Promise<FileHandle | undefined> {
    if (this.disposed) return undefined;
    const file = await openIfThere(this.path);
    // Two looks at once, or disposed of meanwhile: one handle is enough, or none.
    if (!file || (!this.file && !this.isDisposed)) return (this.file = file);
    await file.close();
    return this.file;
  }

  /** Watches the file's folder, since the file may not be there yet, or the nearest folder above that is. */
  private startWatching(): boolean {
    const folder = dirname(this.path);
    const watched = nearest(folder);
    try {
      this.watcher = watch(watched, { persistent: false }, () => {
        if (watched !== folder) this.unwatch(); // The next look may find a nearer one.
        this.stir();
      });
    } catch {
      return false; // No watcher to be had: the pause is short enough.
    }
    this.watcher.on('error', () => {
      this.unwatch();
    });
    if (watched !== folder && nearest(folder) !== watched) this.unwatch();
    return true;
  }

  private unwatch(): void {
    this.watcher?.close();
    this.watcher = undefined;
  }
}

/**
 * Every byte from the tail's position on, with `undefined` each time that all there is has been given. Ends when `over`
 * said so before a look that found nothing more, so that no last byte is missed; the caller disposes of the tail.
 */
export async function* follow(tail: FileTail, over: () => boolean): AsyncIterable<Uint8Array | undefined> {
  for (;;) {
    const last = over();
    const chunk = await tail.next();
    if (chunk) {
      yield chunk;
      continue;
    }
    yield undefined;
    if (last || tail.isDisposed) return;
    await tail.wait();
  }
}

function nearest(folder: string): string {
  for (let path = folder; ; path = dirname(path)) {
    if (existsSync(path) || dirname(path) === path) return path;
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
