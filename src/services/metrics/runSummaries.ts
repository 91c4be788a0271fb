import { CancelledError, messageOf } from '../../core/errors';
import type { TrainingJob } from '../../core/trainingJob';
import { Disposables } from '../../lib/disposables';
import type { StateDatabase } from '../database';
import { readJobRecord } from '../jobs/jobRecord';
import type { LogJobs } from '../logStore/logFile';
import type { LogStore } from '../logStore/logStore';
import { aborted, wholeLogs } from '../logStore/wholeLogs';
import type { MetricStore } from './metrics';
import { runSummary, type RunSummary } from './runSummary';

export interface RunSummariesParts {
  readonly database: StateDatabase;
  readonly jobs: Pick<LogJobs, 'folder'>;
  readonly logs: Pick<LogStore, 'file'>;
  readonly metrics: Pick<MetricStore, 'open'>;
}

export type ReadResult =
  | { readonly job: TrainingJob; readonly summary: RunSummary }
  | { readonly job: TrainingJob; readonly problem: string };

/** Logs that are read at once: while one waits for the disk, another is parsed. */
const atOnce = 2;
/** Summaries that are kept with one write, and the longest time that one waits for the others, in milliseconds. */
const batch = 25;
const longestWait = 2000;

/**
 * The summaries of ended jobs. Each is made once, from the job's logs, and kept in the database: a list of 500 jobs reads no
 * log again. They can always be made again, so one that is lost costs only time.
 */
export class RunSummaries {
  constructor(private readonly parts: RunSummariesParts) {}

  /** All that are kept, by job. */
  known(): ReadonlyMap<string, RunSummary> {
    const rows = this.parts.database.read((tables) =>
      tables.prepare('SELECT job, summary FROM summaries').all(),
    );
    const summaries = new Map<string, RunSummary>();
    for (const { job, summary } of rows) {
      const kept = parsed(String(summary));
      if (kept) summaries.set(String(job), kept);
    }
    return summaries;
  }

  /** Reads ended jobs, keeps what it found, and tells each result. Ends early, with no error, once `signal` is aborted. */
  async readAll(
    jobs: readonly TrainingJob[],
    signal: AbortSignal,
    onRead: (result: ReadResult) => void,
  ): Promise<void> {
    const waiting = [...jobs];
    const unsaved: { id: string; summary: RunSummary }[] = [];
    let savedAt = performance.now();
    const save = async () => {
      savedAt = performance.now();
      await this.keep(unsaved.splice(0));
    };
    const work = async () => {
      for (let job = waiting.shift(); job && !signal.aborted; job = waiting.shift()) {
        try {
          const summary = await this.read(job, signal);
          unsaved.push({ id: job.id, summary });
          onRead({ job, summary });
        } catch (error) {
          if (error instanceof CancelledError) return;
          onRead({ job, problem: messageOf(error) });
        }
        if (unsaved.length >= batch || performance.now() - savedAt > longestWait) await save();
      }
    };
    try {
      await Promise.all(Array.from({ length: atOnce }, work));
    } finally {
      await save();
    }
  }

  private async read(job: TrainingJob, signal: AbortSignal): Promise<RunSummary> {
    const held = new Disposables();
    try {
      // What is kept must not be a part.
      await wholeLogs(this.parts.logs, job, held, signal);
      const metrics = held.add(await this.parts.metrics.open(job));
      await Promise.race([metrics.settled(), aborted(signal, held, () => new CancelledError())]);
      return runSummary(metrics, await readJobRecord(this.parts.jobs.folder(job.id)));
    } finally {
      held.dispose();
    }
  }

  /** A job that was deleted meanwhile leaves nothing. */
  private async keep(summaries: readonly { id: string; summary: RunSummary }[]): Promise<void> {
    if (summaries.length === 0) return;
    await this.parts.database.write((tables) => {
      const insert = tables.prepare(
        'INSERT OR REPLACE INTO summaries (job, summary) SELECT id, ? FROM jobs WHERE id = ?',
      );
      for (const { id, summary } of summaries) insert.run(JSON.stringify(summary), id);
    });
  }
}

/** What was kept by another version, or is none, is made again. */
function parsed(text: string): RunSummary | undefined {
  try {
    const summary = JSON.parse(text) as Partial<RunSummary> | null;
    return summary?.version === 1 ? (summary as RunSummary) : undefined;
  } catch {
    return undefined;
  }
}
