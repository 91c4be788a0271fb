import { open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { throwIfCancelled } from '../core/errors';
import { tryLock } from './fileLock';
import { writeAtomic } from './files';
import { allocated, canPunchHoles, punchHole, replaceByHole } from './holes';
import { archivePaths, LogArchive, type ArchiveIndex } from './logArchive';

export interface CompressOptions {
  /** At least the bytes from here on stay as they are. */
  readonly upTo: number;
  /** Somebody may still append to the log. */
  readonly growing: boolean;
  /** Called between two steps, for those who want to go slowly. */
  readonly pace: () => Promise<void>;
  readonly signal: AbortSignal;
  /** Bytes of the log in a member, where there is none yet: what is inflated to read one line. Default 8 MiB. */
  readonly memberBytes?: number;
}

/** `busy`: another process compresses it now. `unsupported`: it is growing, and this disk can't free a part of such a file. */
export type CompressOutcome = 'done' | 'busy' | 'unsupported';

/** Members between two commits: what a crash makes us compress again, and what is on the disk twice at most. */
const commitMembers = 16;
/** Logs are repetitive: the fastest level makes them about ten times smaller. */
const level = 1;

const usualMember = 8 << 20;

const deflate = promisify(gzip);

/**
 * Compresses the oldest part of a log and gives its disk space back; every byte keeps its offset. What is compressed is on
 * the disk, and the index says so, before the file is touched: killed at any moment, each byte is in one of the two, and the next
 * call goes on.
 */
export async function compressOldest(log: string, options: CompressOptions): Promise<CompressOutcome> {
  const lock = tryLock(archivePaths(log).lock);
  if (!lock) return 'busy';
  try {
    const punches = await canPunchHoles(dirname(log));
    if (options.growing && !punches) return 'unsupported';
    const archive = await LogArchive.open(log);
    const index = {
      memberBytes: archive.memberBytes ?? options.memberBytes ?? usualMember,
      ends: [...archive.ends],
    };
    await free(log, index, punches, options);
    while (index.ends.length < wanted(index, options)) {
      await compressSome(log, index, options);
      if (punches) await free(log, index, punches, options);
    }
    if (!punches) await free(log, index, punches, options);
    return 'done';
  } finally {
    lock.dispose();
  }
}

interface Members {
  readonly memberBytes: number;
  readonly ends: number[];
}

/** How many members the log is to have. */
function wanted({ memberBytes }: Members, { upTo }: CompressOptions): number {
  return Math.floor(upTo / memberBytes);
}

/** Adds members and commits them. */
async function compressSome(log: string, members: Members, options: CompressOptions): Promise<void> {
  const { data, index } = archivePaths(log);
  const { memberBytes, ends } = members;
  const [source, target] = [await open(log, 'r'), await open(data, 'a', 0o600)];
  try {
    await target.truncate(ends.at(-1) ?? 0); // What a crash left behind the last commit.
    for (let count = 0; count < commitMembers && ends.length < wanted(members, options); count += 1) {
      throwIfCancelled(options.signal);
      const bytes = await readMember(source, ends.length * memberBytes, memberBytes);
      const member = await deflate(bytes, { level });
      await target.writeFile(member);
      ends.push((ends.at(-1) ?? 0) + member.length);
      await options.pace();
    }
    await target.datasync();
  } finally {
    await source.close();
    await target.close();
  }
  const committed: ArchiveIndex = { version: 1, memberBytes, ends };
  await writeAtomic(index, JSON.stringify(committed));
  await syncFolder(dirname(log)); // The index must outlive a power cut that the hole outlives.
  await options.pace();
}

/** Takes the space of what is in the members back where it is still taken. */
async function free(
  log: string,
  { memberBytes, ends }: Members,
  punches: boolean,
  { pace }: CompressOptions,
): Promise<void> {
  const bytes = ends.length * memberBytes;
  if (bytes === 0) return;
  const stats = await stat(log);
  if (allocated(stats) <= stats.size - bytes + memberBytes / 2) return;
  if (punches) await punchHole(log, bytes);
  else await replaceByHole(log, bytes);
  await pace();
}

async function readMember(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let filled = 0; filled < length;) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, from + filled);
    if (bytesRead === 0) throw new Error('The log became shorter while it was compressed.');
    filled += bytesRead;
  }
  return bytes;
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // It keeps the order by itself, and opens no folders.
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
