import type { JobSpec } from '../core/jobSpec/jobSpec';
import { hasEnded, type JobStatus, type TrainingJob } from '../core/trainingJob';
import type { ProcessIdentity } from '../node/process';
import type { StateDatabase } from './database';

/** A job as the database has it. */
export interface StoredJob {
  readonly job: TrainingJob;
  /** Nobody has yet seen that the platform got the job. */
  readonly intent: boolean;
  /** Who is submitting it; absent when nobody is any more. */
  readonly owner?: ProcessIdentity;
}

/** Something that was decided about money. */
export interface Decision {
  readonly at: number;
  readonly kind: 'spend.approved';
  readonly job: string;
  readonly connection: string;
  readonly hourlyUsd: number | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The jobs in the database, of all processes. */
export class JobStore {
  /** Rows as they were last read: most have not changed when one has, and what a job was asked to do never does. */
  private readonly known = new Map<string, { readonly row: Row; readonly stored: StoredJob }>();

  constructor(private readonly database: StateDatabase) {}

  /** Newest first. A job that did not change is the same object as before. */
  all(): readonly StoredJob[] {
    return this.database.read((database) => {
      const rows = database
        .prepare(`SELECT ${columns} FROM jobs ORDER BY created_at DESC, rowid DESC`)
        .all() as unknown as Row[];
      const specs = database.prepare('SELECT spec FROM jobs WHERE id = ?');
      return rows.flatMap((row) => {
        const known = this.known.get(row.id);
        if (known && isSame(known.row, row)) return [known.stored];
        const text = known ? undefined : (specs.get(row.id)?.spec as string | undefined);
        const spec =
          known?.stored.job.spec ?? (text === undefined ? undefined : (JSON.parse(text) as JobSpec));
        // Another process deleted it between the two reads.
        if (!spec) return [];
        const stored = storedJob(row, spec);
        this.known.set(row.id, { row, stored });
        return [stored];
      });
    });
  }

  /** Commits the intent and the approval as one; `false` where the id is taken. */
  add({ job, intent, owner }: StoredJob, decision?: Decision): Promise<boolean> {
    const { id, name, connection, createdAt, hourlyUsd, source, spec, ...status } = job;
    return this.database.write((database) => {
      const { changes } = database
        .prepare(
          `INSERT OR IGNORE INTO jobs (id, name, connection, created_at, hourly_usd, source, spec, status, intent, owner_pid, owner_token)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          id,
          name,
          connection,
          createdAt,
          hourlyUsd ?? null,
          source ?? null,
          JSON.stringify(spec),
          JSON.stringify(status),
          intent ? 1 : 0,
          owner?.pid ?? null,
          owner?.token ?? null,
        );
      if (Number(changes) === 0) return false;
      if (decision) {
        database
          .prepare(
            'INSERT INTO decisions (at, kind, job, connection, hourly_usd, details) VALUES (?, ?, ?, ?, ?, ?)',
          )
          .run(
            decision.at,
            decision.kind,
            decision.job,
            decision.connection,
            decision.hourlyUsd,
            JSON.stringify(decision.details),
          );
      }
      return true;
    });
  }

  /** The platform has the job. */
  confirm(id: string): Promise<void> {
    return this.database.write((database) => {
      database
        .prepare('UPDATE jobs SET intent = 0, owner_pid = NULL, owner_token = NULL WHERE id = ?')
        .run(id);
    });
  }

  /** Makes `to` the owner of an intent that was `from`'s; `false` where somebody else was first. */
  handOver(id: string, from: ProcessIdentity | undefined, to: ProcessIdentity | undefined): Promise<boolean> {
    return this.database.write((database) => {
      const { changes } = database
        .prepare(
          'UPDATE jobs SET owner_pid = ?, owner_token = ? WHERE id = ? AND intent = 1 AND owner_pid IS ? AND owner_token IS ?',
        )
        .run(to?.pid ?? null, to?.token ?? null, id, from?.pid ?? null, from?.token ?? null);
      return Number(changes) > 0;
    });
  }

  /** Remembers how the job is. What has ended stays as it ended, and what is known already is not written again. */
  async setStatus(id: string, status: JobStatus): Promise<boolean> {
    const text = JSON.stringify(status);
    const known = this.database.read(statusText(id));
    if (known === undefined || known === text || isOver(known)) return false;
    return this.database.write((database) => {
      const now = statusText(id)(database);
      if (now === undefined || now === text || isOver(now)) return false;
      database.prepare('UPDATE jobs SET status = ? WHERE id = ?').run(text, id);
      return true;
    });
  }

  async remove(id: string): Promise<void> {
    await this.database.write((database) => {
      database.prepare('DELETE FROM jobs WHERE id = ?').run(id);
    });
    this.known.delete(id);
  }

  /** Every decision, oldest first. */
  decisions(): readonly (Decision & { readonly number: number })[] {
    const rows = this.database.read((database) =>
      database.prepare('SELECT * FROM decisions ORDER BY number').all(),
    ) as unknown as (Omit<Decision, 'hourlyUsd' | 'details'> & {
      number: number;
      hourly_usd: number | null;
      details: string;
    })[];
    return rows.map(({ hourly_usd, details, ...row }) => ({
      ...row,
      hourlyUsd: hourly_usd,
      details: JSON.parse(details) as Record<string, unknown>,
    }));
  }
}

const columns =
  'id, name, connection, created_at, hourly_usd, source, status, intent, owner_pid, owner_token' as const;

interface Row {
  readonly id: string;
  readonly name: string;
  readonly connection: string;
  readonly created_at: number;
  readonly hourly_usd: number | null;
  readonly source: string | null;
  readonly status: string;
  readonly intent: number;
  readonly owner_pid: number | null;
  readonly owner_token: string | null;
}

type Database = Parameters<Parameters<StateDatabase['read']>[0]>[0];

function statusText(id: string): (database: Database) => string | undefined {
  return (database) =>
    database.prepare('SELECT status FROM jobs WHERE id = ?').get(id)?.status as string | undefined;
}

function isOver(status: string): boolean {
  return hasEnded((JSON.parse(status) as JobStatus).state);
}

function isSame(a: Row, b: Row): boolean {
  return (
    a.status === b.status &&
    a.intent === b.intent &&
    a.owner_pid === b.owner_pid &&
    a.owner_token === b.owner_token
  );
}

function storedJob(row: Row, spec: JobSpec): StoredJob {
  const job: TrainingJob = {
    ...(JSON.parse(row.status) as JobStatus),
    id: row.id,
    name: row.name,
    connection: row.connection,
    createdAt: row.created_at,
    ...(row.hourly_usd !== null && { hourlyUsd: row.hourly_usd }),
    ...(row.source !== null && { source: row.source }),
    spec,
  };
  const owner = row.owner_pid === null ? undefined : { pid: row.owner_pid, token: row.owner_token ?? '' };
  return { job, intent: row.intent === 1, ...(owner && { owner }) };
}
