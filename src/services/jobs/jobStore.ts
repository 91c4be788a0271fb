import type { JobSpec } from '../../core/jobSpec/jobSpec';
import { hasEnded, type JobStatus, type TrainingJob } from '../../core/trainingJob';
import type { ProcessIdentity } from '../../node/process';
import type { StateDatabase } from '../database';

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
  /** By id, as they were last read; only what has changed since is read again. */
  private readonly known = new Map<string, StoredJob>();
  private newestFirst: readonly StoredJob[] = [];
  private revision = 0;

  constructor(private readonly database: StateDatabase) {}

  /** Newest first. A job that did not change is the same object as before. */
  all(): readonly StoredJob[] {
    return this.database.read((database) => {
      const changed = database
        .prepare(`SELECT ${columns} FROM jobs WHERE revision > ?`)
        .all(this.revision) as unknown as Row[];
      for (const row of changed) {
        this.known.set(row.id, storedJob(row));
        this.revision = Math.max(this.revision, row.revision);
      }
      const count = Number(database.prepare('SELECT count(*) AS count FROM jobs').get()?.count);
      if (count !== this.known.size) this.forgetOthers(database.prepare('SELECT id FROM jobs').all());
      if (changed.length > 0 || count !== this.newestFirst.length)
        this.newestFirst = [...this.known.values()].sort((a, b) => b.job.createdAt - a.job.createdAt);
      return this.newestFirst;
    });
  }

  /** Commits the intent and the approval as one; `false` where the id is taken. */
  add({ job, intent, owner }: StoredJob, decision?: Decision): Promise<boolean> {
    const { id, name, connection, platformId, createdAt, hourlyUsd, source, spec, ...status } = job;
    return this.database.write((database) => {
      const { changes } = database
        .prepare(
          `INSERT OR IGNORE INTO jobs (id, name, connection, created_at, hourly_usd, source, spec, status, intent, owner_pid, owner_token, platform_id)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
          platformId ?? null,
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

  private forgetOthers(rows: readonly Record<string, unknown>[]): void {
    const there = new Set(rows.map((row) => row.id));
    for (const id of this.known.keys()) if (!there.has(id)) this.known.delete(id);
  }
}

const columns =
  'id, name, connection, created_at, hourly_usd, source, spec, status, intent, owner_pid, owner_token, revision, platform_id';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly connection: string;
  readonly created_at: number;
  readonly hourly_usd: number | null;
  readonly source: string | null;
  readonly spec: string;
  readonly status: string;
  readonly intent: number;
  readonly owner_pid: number | null;
  readonly owner_token: string | null;
  readonly revision: number;
  readonly platform_id: string | null;
}

type Database = Parameters<Parameters<StateDatabase['read']>[0]>[0];

function statusText(id: string): (database: Database) => string | undefined {
  return (database) =>
    database.prepare('SELECT status FROM jobs WHERE id = ?').get(id)?.status as string | undefined;
}

function isOver(status: string): boolean {
  return hasEnded((JSON.parse(status) as JobStatus).state);
}

function storedJob(row: Row): StoredJob {
  let spec: JobSpec | undefined;
  const job: TrainingJob = {
    ...(JSON.parse(row.status) as JobStatus),
    id: row.id,
    name: row.name,
    connection: row.connection,
    createdAt: row.created_at,
    ...(row.platform_id !== null && { platformId: row.platform_id }),
    ...(row.hourly_usd !== null && { hourlyUsd: row.hourly_usd }),
    ...(row.source !== null && { source: row.source }),
    // The larger part of a row, and of most jobs never looked at.
    get spec() {
      return (spec ??= JSON.parse(row.spec) as JobSpec);
    },
  };
  const owner = row.owner_pid === null ? undefined : { pid: row.owner_pid, token: row.owner_token ?? '' };
  return { job, intent: row.intent === 1, ...(owner && { owner }) };
}
