import type * as sqliteModule from 'node:sqlite';
import type { DatabaseSync } from 'node:sqlite';

export type { DatabaseSync } from 'node:sqlite';

/** Statements that bring a database from version `index` to `index + 1`. Only ever added to. */
export type Migrations = readonly ((database: DatabaseSync) => void)[];

/** The database was made by newer code, and stays as it is. */
export class NewerDatabase extends Error {
  override readonly name = 'NewerDatabase';
}

/** This Node, or the editor's, has no SQLite. */
export class NoSqlite extends Error {
  override readonly name = 'NoSqlite';
}

/**
 * Opens or makes a database in WAL mode and brings it up to date. Two processes may do so at once. Throws `NewerDatabase`, or
 * SQLite's own error (see `isBusy`, `isDamaged`); then nothing stays open.
 */
export function openDatabase(path: string, migrations: Migrations): DatabaseSync {
  const database = new (sqlite().DatabaseSync)(path, { timeout: busyMilliseconds });
  try {
    // Before anything is written.
    if (version(database) > migrations.length) throw new NewerDatabase(path);
    database.exec('PRAGMA journal_mode = WAL');
    // A commit must outlive a power cut: an intent that is lost could leave a machine running.
    database.exec('PRAGMA synchronous = FULL');
    if (version(database) < migrations.length) migrate(database, migrations);
    checkIntegrity(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Runs `work` as one transaction that takes the write lock at its start. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite has rolled back by itself after a full disk and the like.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** A number that changes with every commit of another connection, and never with one of this. */
export function dataVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA data_version').get()?.data_version);
}

/** Another process holds the lock. */
export function isBusy(error: unknown): boolean {
  return isOneOf(error, codes.busy, codes.locked);
}

/** What is in the file can't be trusted, or never was a database. */
export function isDamaged(error: unknown): boolean {
  return isOneOf(error, codes.corrupt, codes.notADatabase);
}

export function isDiskFull(error: unknown): boolean {
  return isOneOf(error, codes.full);
}

/** The file may not be written, or its folder, or the disk answered with an error. */
export function isUnwritable(error: unknown): boolean {
  return isOneOf(error, codes.readOnly, codes.cantOpen, codes.ioError, codes.permission);
}

/** https://sqlite.org/rescode.html, primary codes. */
const codes = {
  permission: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
} as const;

/** Waiting here stops the whole process, so whoever wants to wait longer tries again. */
const busyMilliseconds = 100;

/** Larger files are trusted: reading every page of them would be felt at each start. */
const checkedPages = 4000;

function migrate(database: DatabaseSync, migrations: Migrations): void {
  transaction(database, () => {
    // Again, under the lock: another process may have been first.
    const from = version(database);
    if (from > migrations.length) throw new NewerDatabase();
    for (const step of migrations.slice(from)) step(database);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

function version(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version);
}

function checkIntegrity(database: DatabaseSync): void {
  const pages = Number(database.prepare('PRAGMA page_count').get()?.page_count);
  if (pages > checkedPages) return;
  const found = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (found !== 'ok') throw Object.assign(new Error(String(found)), { errcode: codes.corrupt });
}

function isOneOf(error: unknown, ...wanted: readonly number[]): boolean {
  const extended = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  return wanted.includes(extended & 0xff);
}

/** Loaded at first use, and without the remark on stderr that Node makes about it. */
function sqlite(): typeof sqliteModule {
  const emitWarning = process.emitWarning.bind(process) as (...all: unknown[]) => void;
  const before = Object.getOwnPropertyDescriptor(process, 'emitWarning');
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes('SQLite is an experimental feature')) emitWarning(warning, ...rest);
  };
  try {
    // Not `import`, which fails as a whole where it is missing, and which bundlers resolve.
    const found = process.getBuiltinModule('node:sqlite') as typeof sqliteModule | undefined;
    if (!found) throw new NoSqlite();
    return found;
  } finally {
    if (before) Object.defineProperty(process, 'emitWarning', before);
  }
}
