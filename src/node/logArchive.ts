import { open, readFile, stat, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Disposable } from '../lib/disposables';
import { isSystemError } from './files';

/** `<log>.old.json`: where in `<log>.old.gz` each member ends. Member n holds the n-th `memberBytes` bytes of the log. */
export interface ArchiveIndex {
  readonly version: 1;
  readonly memberBytes: number;
  readonly ends: readonly number[];
}

export const archivePaths = (log: string) => ({
  /** Gzip members one after the other: `zcat` gives the oldest part of the log. */
  data: `${log}.old.gz`,
  index: `${log}.old.json`,
  lock: `${log}.old.lock`,
});

const inflate = promisify(gunzip);

/**
 * The oldest part of a log, where it was compressed. The log itself reads as zeros there, and its offsets are as they were.
 * The part only ever grows, by any process; `refresh` sees it, and costs one `stat` where nothing changed.
 */
export class LogArchive implements Disposable {
  private index: ArchiveIndex | undefined;
  private seen = '';
  private file: Promise<FileHandle> | undefined;
  private disposed = false;
  private inflated: { readonly member: number; readonly bytes: Promise<Buffer> } | undefined;

  constructor(private readonly log: string) {}

  static async open(log: string): Promise<LogArchive> {
    const archive = new LogArchive(log);
    await archive.refresh();
    return archive;
  }

  /** How many bytes at the log's beginning are here and not in its file. */
  get bytes(): number {
    return this.ends.length * (this.memberBytes ?? 0);
  }

  /** Bytes of the log in each member; `undefined` where nothing was compressed yet. */
  get memberBytes(): number | undefined {
    return this.index?.memberBytes;
  }

  /** Where each member ends, for whoever adds to them. */
  get ends(): readonly number[] {
    return this.index?.ends ?? [];
  }

  /** What they take compressed. */
  get compressedBytes(): number {
    return this.index?.ends.at(-1) ?? 0;
  }

  async refresh(): Promise<void> {
    const { index } = archivePaths(this.log);
    try {
      const { ino, mtimeMs, size } = await stat(index);
      const seen = `${ino} ${mtimeMs} ${size}`;
      if (seen === this.seen) return;
      this.index = parsed(await readFile(index, 'utf8'), index);
      this.seen = seen;
    } catch (error) {
      if (!isSystemError(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
  }

  /** Bytes `[from, to)` of the log, both within `bytes`. Inflates only the members that they are in, and keeps the last. */
  async read(from: number, to: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    const size = this.memberBytes ?? 1;
    const last = Math.min(to, this.bytes);
    for (let at = from; at < last;) {
      const member = Math.floor(at / size);
      const start = member * size;
      const bytes = await this.member(member);
      parts.push(bytes.subarray(at - start, last - start));
      at = start + size;
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  }

  /** All that is here, oldest first. */
  async *stream(): AsyncIterable<Uint8Array> {
    const size = this.memberBytes ?? 1;
    for (let at = 0; at < this.bytes; at += size) yield this.read(at, at + size);
  }

  /**
   * Puts right what was read from the log's file at `from`, in place: what of it is here may have read as zeros. Called after the
   * reading, since a part comes here before it goes from the file.
   */
  async mend(bytes: Uint8Array, from: number): Promise<void> {
    await this.refresh();
    if (from < this.bytes && bytes.length > 0) bytes.set(await this.read(from, from + bytes.length));
  }

  dispose(): void {
    this.disposed = true;
    void this.file?.then(
      (file) => file.close(),
      () => undefined,
    );
    this.file = undefined;
    this.inflated = undefined;
  }

  private member(member: number): Promise<Buffer> {
    if (this.inflated?.member !== member) this.inflated = { member, bytes: this.inflate(member) };
    return this.inflated.bytes;
  }

  private async inflate(member: number): Promise<Buffer> {
    const start = this.index?.ends[member - 1] ?? 0;
    const end = this.index?.ends[member] ?? start;
    if (this.disposed) throw new Error('Nobody reads this log any more.');
    this.file ??= open(archivePaths(this.log).data, 'r');
    const file = await this.file;
    const compressed = Buffer.alloc(end - start);
    for (let filled = 0; filled < compressed.length;) {
      const { bytesRead } = await file.read(compressed, filled, compressed.length - filled, start + filled);
      if (bytesRead === 0) throw new Error(`The compressed part of a log is cut off: ${this.log}`);
      filled += bytesRead;
    }
    return inflate(compressed);
  }
}

function parsed(text: string, path: string): ArchiveIndex {
  const index = JSON.parse(text) as Partial<ArchiveIndex>;
  if (index.version !== 1 || !Number.isSafeInteger(index.memberBytes) || !Array.isArray(index.ends))
    throw new Error(`This index of a compressed log is of a newer Trainyard: ${path}`);
  return index as ArchiveIndex;
}
