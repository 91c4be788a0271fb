import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { ByteTime } from '../../core/provider';
import type { Disposable } from '../../lib/disposables';
import { isSystemError } from '../../node/files';
import type { MarkColumns } from './logNews';

/** How many bytes of the log there were, and when, in unix milliseconds: two numbers of eight bytes, as this computer has them. */
const recordBytes = 16;

/** Beside a log whose platform tells when its bytes were written: times of all of it. A log that was begun without has none. */
function timesPath(log: string): string {
  return `${log}.times`;
}

/** Writes the times of a log that is copied. */
export class LogTimes {
  private file: Promise<FileHandle | undefined> | undefined;
  /** Of the records in the file. */
  private size = 0;

  constructor(private readonly log: string) {}

  /** To be called before the bytes at `at` are there to be read. What is known beyond `at` is of bytes that are written anew. */
  async add(at: number, times: readonly ByteTime[]): Promise<void> {
    const file = await (this.file ??= this.opened(at));
    if (!file || times.length === 0) return;
    const records = Float64Array.from(times.flatMap(({ bytes, t }) => [at + bytes, t]));
    await file.write(new Uint8Array(records.buffer), 0, records.byteLength, this.size);
    this.size += records.byteLength;
  }

  /** Resolves when what was added is on the disk. */
  async keep(): Promise<void> {
    await (await this.file)?.datasync();
  }

  async close(): Promise<void> {
    await (await this.file)?.close();
  }

  /** `undefined` where the log was begun without times. */
  private async opened(at: number): Promise<FileHandle | undefined> {
    const file = await openIfThere(timesPath(this.log), at === 0);
    if (!file) return undefined;
    const bytes = await file.readFile();
    const known = new Float64Array(
      new Uint8Array(bytes).buffer,
      0,
      Math.floor(bytes.length / recordBytes) * 2,
    );
    while (this.size < known.byteLength && (known[this.size / 8] ?? 0) <= at) this.size += recordBytes;
    await file.truncate(this.size);
    return file;
  }
}

/** Reads the times of a log while they are added. For threads that may wait for the disk. */
export class LogTimesTail implements Disposable {
  private file: number | undefined;
  private position = 0;
  private known: boolean | undefined;

  constructor(private readonly log: string) {}

  /** Whether the log has times; `undefined` before it has a byte. */
  get there(): boolean | undefined {
    return this.known;
  }

  /** What was added since the last call, of a log that has `logBytes` now; `undefined` where that is nothing. */
  next(logBytes: number): MarkColumns | undefined {
    if (this.known === undefined && logBytes > 0) {
      this.file = openedForReading(timesPath(this.log));
      this.known = this.file !== undefined;
    }
    if (this.file === undefined) return undefined;
    const { size } = fstatSync(this.file);
    // Its writer may have gone back.
    this.position = Math.min(this.position, size - (size % recordBytes));
    const records = new Float64Array(Math.floor((size - this.position) / recordBytes) * 2);
    if (records.length === 0) return undefined;
    const count = Math.floor(
      readSync(this.file, records, 0, records.byteLength, this.position) / recordBytes,
    );
    this.position += count * recordBytes;
    const column = (which: 0 | 1) =>
      Float64Array.from({ length: count }, (_, i) => records[2 * i + which] ?? 0);
    return { bytes: column(0), times: column(1) };
  }

  dispose(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
    this.known ??= false;
  }
}

function openedForReading(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function openIfThere(path: string, make: boolean): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
    return make ? open(path, 'w+', 0o600) : undefined;
  }
}
