import { ProviderError } from '../../core/errors';
import type { Machine } from '../../core/machine';
import { abreast } from '../../lib/abreast';

/** How far a transfer is. */
export interface TransferProgress {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly files: number;
  readonly totalFiles: number;
}

export type ConflictAnswer = 'replace' | 'skip';

export interface TransferOptions {
  readonly onProgress?: (progress: TransferProgress) => void;
  /** Asked for each thing that was named and is there already; of a folder it means that its files are replaced one by one. */
  readonly onConflict: (name: string) => Promise<ConflictAnswer>;
}

export interface TransferResult {
  readonly files: number;
  readonly bytes: number;
  /** Paths that were left out: links, devices, and names that can't be here. */
  readonly skipped: readonly string[];
}

/** One thing to transfer. */
export interface TransferEntry {
  readonly from: string;
  readonly to: string;
  readonly kind: 'file' | 'folder';
  readonly bytes: number;
  readonly mode: number;
}

/** How many files are under way at once: a file costs several round trips. */
const width = 8;

/** Makes the folders, then moves the files side by side, and counts. */
export async function transfer(
  entries: readonly TransferEntry[],
  skipped: readonly string[],
  { onProgress }: TransferOptions,
  move: {
    readonly folder: (entry: TransferEntry) => Promise<void>;
    readonly file: (entry: TransferEntry, onBytes: (bytes: number) => void) => Promise<void>;
  },
): Promise<TransferResult> {
  const files = entries.filter(({ kind }) => kind === 'file');
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let bytes = 0;
  let done = 0;
  const report = () => onProgress?.({ bytes, totalBytes, files: done, totalFiles: files.length });
  report();
  for (const entry of entries) if (entry.kind === 'folder') await move.folder(entry);
  await abreast(width, files, async (entry) => {
    await move.file(entry, (more) => {
      bytes += more;
      report();
    });
    done += 1;
    report();
  });
  return { files: done, bytes, skipped };
}

/** The thing at a path of a machine, `undefined` where nothing is. */
export async function remoteThing(machine: Machine, path: string, signal: AbortSignal) {
  try {
    return await machine.files.stat(path, signal);
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'notFound') return undefined;
    throw error;
  }
}
