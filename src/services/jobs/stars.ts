import { Emitter } from '../../lib/event';
import type { Disposable } from '../../lib/disposables';
import type { StateDatabase } from '../database';

/** The jobs that a person marked. All windows and the CLI share them; a star goes with its job. */
export class Stars implements Disposable {
  private readonly changed = new Emitter<void>();

  /** This process gave or took a star. Those of others come with `Jobs.onDidChange`. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly database: StateDatabase) {}

  /** Ids of jobs. */
  all(): ReadonlySet<string> {
    const rows = this.database.read((tables) => tables.prepare('SELECT job FROM stars').all());
    return new Set(rows.map(({ job }) => String(job)));
  }

  /** Does nothing to a job that is gone. */
  async set(job: string, starred: boolean): Promise<void> {
    await this.database.write((tables) => {
      const change = starred
        ? 'INSERT OR IGNORE INTO stars (job) SELECT id FROM jobs WHERE id = ?'
        : 'DELETE FROM stars WHERE job = ?';
      tables.prepare(change).run(job);
    });
    this.changed.fire();
  }

  dispose(): void {
    this.changed.dispose();
  }
}
