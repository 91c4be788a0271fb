import { existsSync, watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { Event } from '../lib/event';
import type { Disposable } from '../lib/disposables';
import { FileBytes } from './fileBytes';

/** Pause between two looks at a file that is growing: many small writes are taken as one. */
const busyPause = 20;
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
  private readonly file: FileBytes;
  private watcher: FSWatcher | undefined;
  private stirred = false;
  private grewAt = -Infinity;
  private disposed = false;
  private wakeUp: (() => void) | undefined;
  private readonly subscription: Disposable;

  /** `wake` makes a waiting tail look again, as when the job has ended. Whoever works long on its chunks asks for small ones. */
  constructor(
    private readonly path: string,
    private offset: number,
    wake: Event<void>,
    private readonly chunk = chunkBytes,
  ) {
    this.file = new FileBytes(path);
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
    ({ size: this.size, modifiedAt: this.modifiedAt } = await this.file.measure());
    return this.size;
  }

  /** The next bytes, in memory of their own; `undefined` where the file ends now. */
  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    await this.measure();
    if (this.size <= this.offset) return undefined;
    const bytes = await this.file.read(this.offset, Math.min(this.size, this.offset + this.chunk));
    if (bytes.length === 0) return undefined;
    this.offset += bytes.length;
    this.grewAt = performance.now();
    return bytes;
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
    this.file.dispose();
    this.stir();
  }

  private stir(): void {
    this.stirred = true;
    this.wakeUp?.();
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
export async function* follow(
  tail: FileTail,
  over: () => boolean,
): AsyncIterable<Uint8Array<ArrayBuffer> | undefined> {
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
