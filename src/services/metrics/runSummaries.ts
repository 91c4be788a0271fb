import { CancelledError, messageOf, ProviderError } from '../../core/errors';
import type { TrainingJob } from '../../core/trainingJob';
import { Disposables } from '../../lib/disposables';
import type { StateDatabase } from '../database';
import { readJobRecord } from '../jobs/jobRecord';
import type { LogFile, LogJobs } from '../logStore/logFile';
import type { LogStore } from '../logStore/logStore';
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
/** How long the rest of a log that lies elsewhere is waited for, in milliseconds. */
const longestCopy = 20_000;

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
      await this.whole(job, held, signal);
      const metrics = held.add(await this.parts.metrics.open(job));
      await Promise.race([metrics.settled(), aborted(signal, held, () => new CancelledError())]);
      return runSummary(metrics, await readJobRecord(this.parts.jobs.folder(job.id)));
    } finally {
      held.dispose();
    }
  }

  /** Waits until every byte of the job's logs is on this computer: what is kept must not be a part. */
  private async whole(job: TrainingJob, held: Disposables, signal: AbortSignal): Promise<void> {
    const ranks = Array.from({ length: job.spec.num_nodes }, (_, rank) => rank);
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(longestCopy)]);
    const why = () =>
      signal.aborted
        ? new CancelledError()
        : new ProviderError('unavailable', `Not all of its log could be fetched from ${job.connection} yet.`);
    for (const rank of ranks) {
      for (const channel of ['log', 'telemetry'] as const) {
        const file = held.add(await this.parts.logs.file(job, rank, channel));
        if (file.copied) await Promise.race([over(file), aborted(deadline, held, why)]);
      }
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

async function over(file: LogFile): Promise<void> {
  while (!file.over()) {
    await new Promise<void>((resolve) => {
      const subscription = file.onDidChange(() => {
        subscription.dispose();
        resolve();
      });
    });
  }
}

/** Rejects once `signal` is aborted: with what it was aborted for, or as cancelled. */
function aborted(signal: AbortSignal, held: Disposables, why: () => Error): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => {
      reject(why());
    };
    signal.addEventListener('abort', stop);
    held.add({
      dispose: () => {
        signal.removeEventListener('abort', stop);
      },
    });
    if (signal.aborted) stop();
  });
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
