import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from './files';
import { run } from './process';

/** What a file really takes on its disk, in bytes; `stat` counts in blocks of 512 whatever the disk's own are. */
export function allocated(stats: { readonly blocks: number }): number {
  return stats.blocks * 512;
}

/**
 * Gives the disk space of the first `bytes` of a file back while others have it open and append to it: they read as zeros from
 * then on, and every offset stays as it is. `false` where this system or this disk can't.
 */
export async function punchHole(path: string, bytes: number): Promise<boolean> {
  try {
    const hole = ['--punch-hole', '--keep-size', '--offset', '0', '--length', String(bytes)];
    return (await run(['fallocate', ...hole, path], { timeout: 60_000 })).code === 0;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'EACCES')) return false;
    throw error;
  }
}

/** Whether `punchHole` frees anything in this folder, tried out on a file of its own. */
export async function canPunchHoles(folder: string): Promise<boolean> {
  const path = join(folder, `.hole-${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(Buffer.alloc(1 << 20, 1));
      await file.sync();
    } finally {
      await file.close();
    }
    const before = allocated(await stat(path));
    return (await punchHole(path, 1 << 20)) && allocated(await stat(path)) < before / 2;
  } finally {
    await rm(path, { force: true });
  }
}

/**
 * The same for a file that nobody writes to any more, on disks without holes in the middle: a new file that begins with one takes
 * its place. Whoever has the old one open keeps it whole.
 */
export async function replaceByHole(path: string, bytes: number): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const old = await open(path, 'r');
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      const { size } = await old.stat();
      await file.truncate(size);
      const buffer = Buffer.alloc(1 << 20);
      for (let at = bytes; at < size;) {
        const { bytesRead } = await old.read(buffer, 0, buffer.length, at);
        if (bytesRead === 0) break;
        await file.write(buffer, 0, bytesRead, at);
        at += bytesRead;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await old.close();
  }
}
