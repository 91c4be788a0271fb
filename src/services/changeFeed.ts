import { watch, type FSWatcher } from 'node:fs';
import type { Log } from '../core/log';
import { messageOf } from '../core/errors';
import type { Disposable } from '../lib/disposables';
import { Emitter } from '../lib/event';
import { databaseFile, type StateDatabase } from './database';

/** A write is seen on the disk a moment before it can be read. */
const settling = [10, 250] as const;
/** How often to look where no watcher reports: network file systems, or no watchers left. Only while something goes on. */
const fallback = 3000;

/** Tells when another process has written to the database. Costs nothing while nobody does. */
export class ChangeFeed implements Disposable {
  private readonly changed = new Emitter<void>();
  private readonly watcher: FSWatcher | undefined;
  private readonly timers = new Set<NodeJS.Timeout>();
  private poll: NodeJS.Timeout | undefined;
  private seen: number;

  readonly onDidChange = this.changed.event;

  constructor(
    home: string,
    private readonly database: StateDatabase,
    private readonly log: Log,
  ) {
    this.seen = database.version();
    this.watcher = this.watch(home);
  }

  /** Whether jobs run or are being submitted, so that a change which no watcher reports would be missed. */
  set busy(busy: boolean) {
    if (busy === (this.poll !== undefined)) return;
    clearInterval(this.poll);
    this.poll = busy
      ? setInterval(() => {
          this.look();
        }, fallback)
      : undefined;
  }

  dispose(): void {
    this.watcher?.close();
    for (const timer of this.timers) clearTimeout(timer);
    this.busy = false;
    this.changed.dispose();
  }

  private watch(home: string): FSWatcher | undefined {
    try {
      const watcher = watch(home, (_, name) => {
        if (name === null || name.startsWith(databaseFile)) this.lookSoon();
      });
      watcher.on('error', (error) => {
        this.log.debug(`The state folder can’t be watched: ${error.message}`);
      });
      return watcher;
    } catch (error) {
      this.log.debug(`The state folder can’t be watched: ${messageOf(error)}`);
      return undefined;
    }
  }

  private lookSoon(): void {
    if (this.timers.size > 0) return;
    for (const pause of settling) {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        this.look();
      }, pause);
      this.timers.add(timer);
    }
  }

  private look(): void {
    try {
      const version = this.database.version();
      if (version === this.seen) return;
      this.seen = version;
    } catch (error) {
      this.log.error(error instanceof Error ? error : messageOf(error));
      return;
    }
    this.changed.fire();
  }
}
