import { rmSync } from 'node:fs';
import { isDamaged, openDatabase, transaction, type DatabaseSync } from '../../../node/sqlite';
import type { Disposable } from '../../../lib/disposables';
import { unused, type Rate } from './rate';

/** Where rates are kept. `change` is one step: nobody comes between reading and writing. */
export interface RateStore {
  read(key: string): Rate;
  change(key: string, to: (rate: Rate) => Rate): void;
}

/** In a database of their own at `path`, so that all windows and the CLI share them. */
export class SharedRates implements RateStore, Disposable {
  private database: DatabaseSync | undefined;

  constructor(private readonly path: string) {}

  read(key: string): Rate {
    const row = this.open().prepare('SELECT next, slowedAt, slowedTo FROM rates WHERE key = ?').get(key);
    return row === undefined
      ? unused
      : { next: Number(row.next), slowedAt: Number(row.slowedAt), slowedTo: Number(row.slowedTo) };
  }

  change(key: string, to: (rate: Rate) => Rate): void {
    const database = this.open();
    transaction(database, () => {
      const { next, slowedAt, slowedTo } = to(this.read(key));
      database
        .prepare('INSERT OR REPLACE INTO rates (key, next, slowedAt, slowedTo) VALUES (?, ?, ?, ?)')
        .run(key, next, slowedAt, slowedTo);
    });
  }

  dispose(): void {
    this.database?.close();
    this.database = undefined;
  }

  private open(): DatabaseSync {
    return (this.database ??= this.opened());
  }

  private opened(): DatabaseSync {
    try {
      return this.prepared();
    } catch (error) {
      // Nothing in it is worth keeping.
      if (!isDamaged(error)) throw error;
      for (const end of ['', '-wal', '-shm']) rmSync(`${this.path}${end}`, { force: true });
      return this.prepared();
    }
  }

  private prepared(): DatabaseSync {
    const database = openDatabase(this.path, [
      (made) => {
        made.exec(
          'CREATE TABLE rates (key TEXT PRIMARY KEY, next REAL NOT NULL, slowedAt REAL NOT NULL, slowedTo REAL NOT NULL) STRICT, WITHOUT ROWID',
        );
      },
    ]);
    // A power cut may take the last rates with it; a commit is then some 20 µs.
    database.exec('PRAGMA synchronous = OFF');
    return database;
  }
}

/** In this process alone. */
export class OwnRates implements RateStore {
  private readonly rates = new Map<string, Rate>();

  read(key: string): Rate {
    return this.rates.get(key) ?? unused;
  }

  change(key: string, to: (rate: Rate) => Rate): void {
    this.rates.set(key, to(this.read(key)));
  }
}
