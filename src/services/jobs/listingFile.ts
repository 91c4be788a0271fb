import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError } from '../../core/errors';
import { readListing, type JobListing } from '../../core/jobListing';
import type { Disposable } from '../../lib/disposables';
import { tryLock } from '../../node/fileLock';
import { isSystemError, writeAtomic } from '../../node/files';

/** How often to look whether another process is through, in milliseconds. */
const turn = 250;

/** A listing in a file that all windows and the CLI share. */
export class ListingFile {
  constructor(private readonly path: string) {}

  /** `undefined` where there is none, or none that can be read: then it is made anew. */
  async read(): Promise<JobListing | undefined> {
    try {
      return readListing(await readFile(this.path, 'utf8'));
    } catch (error) {
      if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM')) return undefined;
      throw error;
    }
  }

  /** It is kept only so as to ask less: what can't be written is asked for again. */
  async write(listing: JobListing): Promise<void> {
    await writeAtomic(this.path, JSON.stringify(listing)).catch((error: unknown) => {
      if (!isSystemError(error, 'ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'EISDIR'))
        throw error;
    });
  }

  /** Waits until no other process asks the platform for the same. */
  async lock(signal: AbortSignal): Promise<Disposable> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    for (;;) {
      const lock = tryLock(`${this.path}.lock`);
      if (lock) return lock;
      await delay(turn, undefined, { signal }).catch(() => {
        throw new CancelledError();
      });
    }
  }
}
