import type { Disposable } from '../lib/disposables';
import { isBusy, openDatabase } from './sqlite';

/**
 * A lock that one process at a time has, by a file of its own at `path`, or `undefined` where another has it now. It ends with the
 * process, however that ends.
 */
export function tryLock(path: string): Disposable | undefined {
  const database = openDatabase(path, []);
  try {
    database.exec('PRAGMA busy_timeout = 0');
    database.exec('BEGIN IMMEDIATE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return {
    dispose: () => {
      if (database.isOpen) database.close();
    },
  };
}
