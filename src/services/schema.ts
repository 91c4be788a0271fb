import type { Migrations } from '../node/sqlite';

/** The state database, one step a version. A step that has shipped never changes. */
export const migrations: Migrations = [
  (database) => {
    database.exec(`
      CREATE TABLE jobs (
        id         TEXT PRIMARY KEY,
        name       TEXT NOT NULL,
        connection TEXT NOT NULL,
        created_at INTEGER NOT NULL,           -- unix ms
        hourly_usd REAL,                       -- NULL: not known
        source     TEXT,
        spec       TEXT NOT NULL,              -- JobSpec, JSON, secrets masked
        status     TEXT NOT NULL,              -- JobStatus, JSON
        intent     INTEGER NOT NULL,           -- 1 until the platform has surely got the job
        owner_pid  INTEGER,                    -- who is submitting it; NULL: nobody any more
        owner_token TEXT
      ) STRICT;
      CREATE INDEX jobs_by_age ON jobs (created_at DESC);

      -- What was decided about money, and never changes afterwards.
      CREATE TABLE decisions (
        number     INTEGER PRIMARY KEY AUTOINCREMENT,
        at         INTEGER NOT NULL,           -- unix ms
        kind       TEXT NOT NULL,
        job        TEXT,
        connection TEXT,
        hourly_usd REAL,                       -- NULL: not known
        details    TEXT NOT NULL               -- JSON
      ) STRICT;
      CREATE TRIGGER decisions_are_kept BEFORE DELETE ON decisions
        BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
      CREATE TRIGGER decisions_stay BEFORE UPDATE ON decisions
        BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
    `);
  },
  (database) => {
    // So that a process reads only the jobs that have changed since it last looked.
    database.exec(`
      DROP INDEX jobs_by_age;
      ALTER TABLE jobs ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;  -- of its last change, counted over all jobs
      CREATE INDEX jobs_by_revision ON jobs (revision);
      CREATE TABLE last_revision (number INTEGER NOT NULL) STRICT;
      INSERT INTO last_revision VALUES (1);
      UPDATE jobs SET revision = 1;
      CREATE TRIGGER job_is_new AFTER INSERT ON jobs BEGIN
        UPDATE last_revision SET number = number + 1;
        UPDATE jobs SET revision = (SELECT number FROM last_revision) WHERE id = NEW.id;
      END;
      CREATE TRIGGER job_has_changed AFTER UPDATE OF status, intent, owner_pid, owner_token ON jobs BEGIN
        UPDATE last_revision SET number = number + 1;
        UPDATE jobs SET revision = (SELECT number FROM last_revision) WHERE id = NEW.id;
      END;
    `);
  },
  (database) => {
    // What is kept of a job besides itself. Both go with it, whoever deletes it.
    database.exec(`
      CREATE TABLE stars (job TEXT PRIMARY KEY) STRICT;
      CREATE TABLE summaries (
        job     TEXT PRIMARY KEY,
        summary TEXT NOT NULL                  -- RunSummary, JSON
      ) STRICT;
      CREATE TRIGGER job_is_gone AFTER DELETE ON jobs BEGIN
        DELETE FROM stars WHERE job = OLD.id;
        DELETE FROM summaries WHERE job = OLD.id;
      END;
    `);
  },
  (database) => {
    database.exec('ALTER TABLE jobs ADD COLUMN platform_id TEXT'); // NULL: the id is the platform's too
  },
];
