import { mkdir, open, readFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asError, ProviderError, type ErrorKind } from '../../core/errors';
import type { LogStreamId, TrainingJobs } from '../../core/provider';
import type { Disposable } from '../../lib/disposables';
import type { Event } from '../../lib/event';
import { Emitter } from '../../lib/event';
import { rest, type Rest } from '../../lib/rest';
import { tryLock } from '../../node/fileLock';
import { isSystemError, writeAtomic } from '../../node/files';
import { isDiskFull } from '../../node/sqlite';
import { BatchWriter } from './batchWriter';
import type { LogFile } from './logFile';
import { LogTimes } from './logTimes';

/** How far a copy has come, beside it in `<path>.copy`: bytes behind `bytes` may be torn and are fetched again. */
export interface CopyProgress {
  readonly bytes: number;
  /** What `logs` goes on from; absent at the start. */
  readonly next?: string;
  /** The job has ended and every byte is here. */
  readonly over?: true;
}

/** A record of progress is due after so many milliseconds or bytes: what a crash makes us fetch again. */
const recordEvery = 1000;
const recordBytes = 64 << 20;
/** Readers are told of new bytes at most this often, in milliseconds. */
const tellEvery = 20;
/** Pauses before the next try: to become the writer, and after the platform failed, doubling. */
const writerPause = 2000;
const firstPause = 1000;
const longestPause = 60_000;

/** What may pass by itself, or by a sign-in. */
const passing: ReadonlySet<ErrorKind> = new Set(['throttled', 'network', 'unavailable', 'auth']);

/**
 * A stream that is not a file on this computer, copied into one as it comes. Of all windows and the CLI one at a time
 * writes; the others read, and one of them goes on where the writer left off. Stops when disposed of, and can be gone on
 * with at any time.
 */
export class LogCopy implements LogFile {
  readonly copied = true;
  private progress: CopyProgress = { bytes: 0 };
  private failure: Error | undefined;
  /** Why nothing comes until somebody has signed in. */
  private refusal: Error | undefined;
  /** How often somebody was let in again. */
  private admissions = 0;
  private recordedAt = 0;
  private recordedBytes = 0;
  private recording: Promise<void> | undefined;
  private times: LogTimes | undefined;
  private unrecorded: { readonly error: unknown } | undefined;
  private told: NodeJS.Timeout | undefined;
  private readonly abort = new AbortController();
  private readonly restored: Disposable | undefined;
  private readonly changes = new Emitter<void>();
  readonly onDidChange: Event<void> = this.changes.event;

  constructor(
    readonly path: string,
    private readonly source: Pick<TrainingJobs, 'logs'>,
    private readonly id: string,
    private readonly folder: string,
    private readonly stream: LogStreamId,
    /** Who was refused is let in again (`Access.onDidRestore`). */
    private readonly onDidRestore?: Event<void>,
    private readonly pause: Rest = rest,
  ) {
    this.restored = onDidRestore?.(() => {
      this.admit();
    });
    void this.run();
  }

  readonly over = (): boolean => {
    const failure = this.failure ?? this.refusal;
    if (failure) throw failure;
    return this.progress.over === true;
  };

  dispose(): void {
    this.abort.abort();
    clearTimeout(this.told);
    this.restored?.dispose();
    this.changes.dispose();
  }

  private async run(): Promise<void> {
    let lock: Disposable | undefined;
    try {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
      while (!this.abort.signal.aborted && !this.progress.over) {
        this.progress = (await copyProgress(this.path)) ?? { bytes: 0 };
        if (this.progress.over) break;
        lock ??= tryLock(`${this.path}.lock`);
        if (lock) await this.write();
        else await this.pause(writerPause, undefined, this.abort.signal);
      }
    } catch (error) {
      if (!this.abort.signal.aborted) this.failure = explained(error, this.path);
    } finally {
      lock?.dispose(); // Lets the next one write; so does the end of this process, however it comes.
    }
    this.changes.fire();
  }

  /** Copies until the stream is over, through failures of the platform that pass. */
  private async write(): Promise<void> {
    const file = await open(this.path, 'a');
    try {
      this.progress = (await copyProgress(this.path)) ?? { bytes: 0 }; // The last writer may have gone on until now.
      await file.truncate(this.progress.bytes);
      this.recordedBytes = this.progress.bytes;
      let wait = firstPause;
      while (!this.abort.signal.aborted && !this.progress.over) {
        const before = this.progress.bytes;
        const { admissions } = this;
        this.times = new LogTimes(this.path);
        try {
          await this.copy(file);
        } catch (error) {
          if (!(error instanceof ProviderError) || !passing.has(error.kind)) throw error;
          wait = this.progress.bytes > before ? firstPause : Math.min(longestPause, wait * 2);
          if (error.kind === 'auth') {
            if (this.admissions > admissions) continue;
            // Whoever looks is told: it may take a person to mend it.
            this.refusal = error;
            this.changes.fire();
          }
          await this.pause(wait, this.onDidRestore, this.abort.signal);
        } finally {
          await this.times.close();
        }
      }
    } finally {
      await file.close();
    }
  }

  private async copy(file: FileHandle): Promise<void> {
    const { signal } = this.abort;
    const writer = new BatchWriter(file, (bytes, next) => {
      this.wrote(file, bytes, next);
    });
    const chunks = this.source.logs(this.id, this.folder, this.stream, this.progress.next, signal);
    let at = this.progress.bytes;
    try {
      for await (const chunk of chunks) {
        if (signal.aborted) break;
        if (chunk.times) await this.times?.add(at, chunk.times);
        at += chunk.bytes.length;
        await writer.add(chunk);
      }
      await writer.finished();
      if (signal.aborted) return;
      this.progress = { ...this.progress, over: true };
      this.refusal = undefined;
    } finally {
      try {
        await writer.finished();
      } finally {
        await this.recording;
      }
      await this.record(file);
    }
  }

  private wrote(file: FileHandle, bytes: number, next: string): void {
    this.progress = { bytes: this.progress.bytes + bytes, next };
    this.refusal = undefined;
    this.told ??= setTimeout(() => {
      this.told = undefined;
      this.changes.fire();
    }, tellEvery);
    if (this.unrecorded) throw this.unrecorded.error;
    const due = performance.now() - this.recordedAt >= recordEvery;
    if (this.recording || (!due && this.progress.bytes - this.recordedBytes < recordBytes)) return;
    // Beside the copying: the disk writes while the next bytes come.
    this.recording = this.record(file)
      .catch((error: unknown) => {
        this.unrecorded = { error };
      })
      .finally(() => {
        this.recording = undefined;
      });
  }

  private async record(file: FileHandle): Promise<void> {
    // A disk that failed to write once says on the next call that all is well.
    if (this.unrecorded) throw this.unrecorded.error;
    const { progress } = this;
    // The bytes before the word that they are there.
    await Promise.all([file.datasync(), this.times?.keep()]);
    await writeAtomic(`${this.path}.copy`, JSON.stringify(progress));
    this.recordedBytes = progress.bytes;
    this.recordedAt = performance.now();
  }

  private admit(): void {
    this.admissions += 1;
    if (!this.refusal) return;
    this.refusal = undefined;
    this.changes.fire();
  }
}

/** What failed on this computer, in words. It is tried again when somebody next opens the log. */
function explained(error: unknown, path: string): Error {
  if (isDiskFull(error) || isSystemError(error, 'ENOSPC', 'EDQUOT', 'EFBIG')) {
    const message = `The disk is full, so that this log can’t be kept here. Make room and open it again: ${path}`;
    return new ProviderError('unavailable', message, { cause: error });
  }
  return asError(error);
}

/** How far the copy at `path` has come; `undefined` where the file is no copy. */
export async function copyProgress(path: string): Promise<CopyProgress | undefined> {
  try {
    return JSON.parse(await readFile(`${path}.copy`, 'utf8')) as CopyProgress;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}
