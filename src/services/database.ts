import { rename, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ProviderError } from '../core/errors';
import type { Log } from '../core/log';
import type { Disposable } from '../lib/disposables';
import { fileHolders } from '../node/fileHolders';
import { isSystemError } from '../node/files';
import {
  dataVersion,
  isBusy,
  isDamaged,
  isDiskFull,
  isUnwritable,
  NewerDatabase,
  NoSqlite,
  openDatabase,
  transaction,
  type DatabaseSync,
} from '../node/sqlite';
import { migrations } from './schema';

export const databaseFile = 'trainyard.db';

/** How long a write waits for another process's lock. */
const patience = 5000;

/**
 * The one database in the state folder. Reads answer at once; writes are transactions that wait, without blocking, for
 * other processes. What SQLite throws becomes a `ProviderError` that says what to do.
 */
export class StateDatabase implements Disposable {
  private constructor(
    private readonly database: DatabaseSync,
    private readonly path: string,
  ) {}

  /** Opens or makes it. One that is damaged is moved aside, never deleted, and an empty one takes its place. */
  static async open(home: string, log: Log, now: () => number): Promise<StateDatabase> {
    const path = join(home, databaseFile);
    try {
      await mkdir(home, { recursive: true, mode: 0o700 });
      const seen = await inode(path);
      const open = () => openDatabase(path, migrations);
      const database = await patiently(open).catch(async (error: unknown) => {
        if (!isDamaged(error)) throw error;
        const aside = await moveAside(path, seen, now());
        if (aside)
          log.warn(
            `The state database was damaged; jobs are found again by their folders. It is kept as: ${aside}`,
          );
        return patiently(open);
      });
      return new StateDatabase(database, path);
    } catch (error) {
      throw explained(error, path);
    }
  }

  read<T>(work: (database: DatabaseSync) => T): T {
    try {
      return work(this.database);
    } catch (error) {
      throw explained(error, this.path);
    }
  }

  /** `work` must touch nothing but the database: it runs again where the lock was taken. */
  async write<T>(work: (database: DatabaseSync) => T): Promise<T> {
    try {
      return await patiently(() => transaction(this.database, () => work(this.database)));
    } catch (error) {
      throw explained(error, this.path);
    }
  }

  /** Changes when, and only when, another process has written. */
  version(): number {
    return this.read(dataVersion);
  }

  dispose(): void {
    if (this.database.isOpen) this.database.close();
  }
}

async function patiently<T>(work: () => T): Promise<T> {
  const deadline = performance.now() + patience;
  for (let pause = 5; ; pause = Math.min(pause * 2, 100)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
    }
    await delay(pause);
  }
}

async function inode(path: string): Promise<bigint | undefined> {
  return stat(path, { bigint: true }).then(
    (stats) => stats.ino,
    () => undefined,
  );
}

/** Moves the damaged file to a name of its own, unless another process has just done so. */
async function moveAside(
  path: string,
  damaged: bigint | undefined,
  now: number,
): Promise<string | undefined> {
  if ((await inode(path)) !== damaged) return undefined;
  const aside = `${path}.corrupt-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`;
  // The log belongs to it: what it holds may be all that is left.
  for (const suffix of ['', '-wal', '-shm']) {
    await rename(path + suffix, aside + suffix).catch((error: unknown) => {
      if (!isSystemError(error, 'ENOENT')) throw error;
    });
  }
  return aside;
}

function explained(error: unknown, path: string): unknown {
  const say = (message: string) => new ProviderError('unavailable', `${message}: ${path}`, { cause: error });
  if (error instanceof NewerDatabase)
    return say('Your jobs were last written by a newer Trainyard, and stay as they are. Update Trainyard');
  if (error instanceof NoSqlite)
    return new ProviderError(
      'unavailable',
      'This editor is too old for Trainyard. Update it to VS Code 1.105 or later.',
    );
  if (isBusy(error)) {
    const holders = fileHolders(path);
    const who = holders.length > 0 ? holders.join(', ') : 'another program';
    return say(`The list of jobs is locked by ${who}. Close it and try again`);
  }
  if (isDamaged(error))
    return say('The list of jobs is damaged. Restart, and it is made again from the jobs’ folders');
  if (isDiskFull(error) || isSystemError(error, 'ENOSPC', 'EDQUOT'))
    return say('The disk is full. Make room and try again');
  if (isUnwritable(error) || isSystemError(error, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'))
    return say(
      'The list of jobs can’t be written. Check the permissions, or set TRAINYARD_HOME to another folder',
    );
  return error;
}
