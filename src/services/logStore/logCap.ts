import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../core/errors';
import { jobFolder } from '../../core/jobFolder';
import type { Log } from '../../core/log';
import type { ReadSetting } from '../../core/settings';
import { hasEnded, type TrainingJob } from '../../core/trainingJob';
import { Disposables, type Disposable } from '../../lib/disposables';
import type { Event } from '../../lib/event';
import { isInside, isSystemError } from '../../node/files';
import { allocated } from '../../node/holes';
import { compressOldest, type CompressOptions, type CompressOutcome } from '../../node/logCompressor';
import { copyProgress } from './logCopy';
import type { LogConnections } from './logFile';

/** Runs `work` once after so many milliseconds, unless disposed of before. */
export type Later = (work: () => void, milliseconds: number) => Disposable;

export interface LogCapParts {
  readonly jobs: {
    list(): readonly TrainingJob[];
    folder(id: string): string;
    readonly onDidChange: Event<void>;
  };
  readonly connections: LogConnections;
  readonly setting: ReadSetting;
  readonly log: Log;
  readonly later?: Later;
}

/** Milliseconds between two looks at the logs of running jobs; there are none while nothing runs. */
const lookEvery = 60_000;
/** GB. A smaller limit would compress what people look at. */
const least = 0.1;
/** A log over its limit is brought to this part of it, so that it is not touched again at once. */
const lowWater = 0.8;
/** The newest part, which people look at, stays as it is. */
const newest = 64 << 20;

/**
 * Keeps the logs of jobs below their limit on the disk by compressing their oldest parts: of running jobs every minute, and once
 * more when a job has ended. One log at a time, and slowly; of all processes that look, one compresses.
 */
export class LogCap implements Disposable {
  private readonly held = new Disposables();
  private readonly abort = new AbortController();
  private readonly later: Later;
  private readonly waiting = new Set<string>();
  private readonly warned = new Set<string>();
  private running = new Set<string>();
  private timer: Disposable | undefined;
  private working: Promise<void> | undefined;

  constructor(private readonly parts: LogCapParts) {
    this.later = parts.later ?? laterByTimer;
    this.held.add(
      parts.jobs.onDidChange(() => {
        this.follow();
      }),
    );
    this.follow();
  }

  /** Resolves once all logs that were due at the call have been looked at. */
  async settled(): Promise<void> {
    await this.working;
  }

  dispose(): void {
    this.abort.abort();
    this.timer?.dispose();
    this.held.dispose();
  }

  private follow(): void {
    const running = new Set(this.parts.jobs.list().flatMap(({ id, state }) => (hasEnded(state) ? [] : [id])));
    const ended = [...this.running].filter((id) => !running.has(id));
    this.running = running;
    if (ended.length > 0) this.look(ended);
    if (running.size === 0) {
      this.timer?.dispose();
      this.timer = undefined;
    }
    if (running.size > 0) this.timer ??= this.later(this.lookAtRunning, lookEvery);
  }

  private readonly lookAtRunning = (): void => {
    this.timer = undefined;
    this.look([...this.running]);
    this.follow();
  };

  private look(ids: readonly string[]): void {
    for (const id of ids) this.waiting.add(id);
    this.working ??= this.work().finally(() => {
      this.working = undefined;
    });
  }

  private async work(): Promise<void> {
    for (const id of this.waiting) {
      this.waiting.delete(id);
      const job = this.parts.jobs.list().find((one) => one.id === id);
      if (!job || this.abort.signal.aborted) continue;
      try {
        await this.keepBelow(job, Math.max(least, this.parts.setting('trainyard.logs.maxGigabytes')) * 1e9);
      } catch (error) {
        this.warn(
          id,
          `The log of ${job.name} is over its limit and could not be compressed: ${messageOf(error)}`,
        );
      }
    }
  }

  private async keepBelow(job: TrainingJob, most: number): Promise<void> {
    const logs = await sizes(await logPaths(this.parts, job));
    const total = logs.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total <= most) return;
    let excess = total - most * lowWater;
    for (const { path, bytes, size } of logs.sort((a, b) => b.bytes - a.bytes)) {
      if (excess <= 0) return;
      const kept = Math.max(bytes - excess, Math.min(newest, bytes));
      const outcome = await compressLog(path, hasEnded(job.state), Math.max(0, size - kept), {
        pace: this.pace(),
        signal: this.abort.signal,
      });
      if (outcome === 'unsupported') this.warn(job.id, cantFree(job, most));
      excess -= bytes - kept;
    }
  }

  /** As long a pause as the step before took: this never takes more than half of a core. */
  private pace(): () => Promise<void> {
    let since = performance.now();
    return async () => {
      const took = performance.now() - since;
      await new Promise<void>((resolve) => {
        const { signal } = this.abort;
        const done = () => {
          timer.dispose();
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = this.later(done, took);
        signal.addEventListener('abort', done);
        if (signal.aborted) done();
      });
      since = performance.now();
    };
  }

  private warn(id: string, message: string): void {
    if (this.abort.signal.aborted || this.warned.has(id)) return;
    this.warned.add(id);
    this.parts.log.warn(message);
  }
}

/** Compresses a log up to byte `upTo`. Of a log that is still fetched, only what is surely here. */
export async function compressLog(
  path: string,
  ended: boolean,
  upTo: number,
  options: Pick<CompressOptions, 'pace' | 'signal'>,
): Promise<CompressOutcome> {
  const copy = await copyProgress(path);
  const growing = !ended || (copy !== undefined && copy.over !== true);
  return compressOldest(path, { ...options, upTo: Math.min(upTo, copy?.bytes ?? upTo), growing });
}

/** Where the logs of a job's nodes are, those within its own folder. */
export async function logPaths(
  { jobs, connections }: Pick<LogCapParts, 'jobs' | 'connections'>,
  job: TrainingJob,
): Promise<readonly string[]> {
  const folder = jobs.folder(job.id);
  const connection = await connections.get(job.connection).catch(() => undefined);
  return Array.from({ length: job.spec.num_nodes }, (_, node) => {
    const stream = { node, channel: 'log' as const };
    return connection?.trainingJobs?.logFile?.(folder, stream) ?? join(folder, jobFolder.log(node));
  }).filter((path) => isInside(folder, path));
}

interface LogSize {
  readonly path: string;
  /** On the disk, and as readers see it. */
  readonly bytes: number;
  readonly size: number;
}

async function sizes(paths: readonly string[]): Promise<LogSize[]> {
  const found: LogSize[] = [];
  for (const path of paths) {
    try {
      const stats = await stat(path);
      found.push({ path, bytes: Math.min(allocated(stats), stats.size), size: stats.size });
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
  }
  return found;
}

function cantFree(job: TrainingJob, most: number): string {
  return `The log of ${job.name} is over its limit of ${most / 1e9} GB. This disk can't free a part of a file that a job writes to, so it is compressed once the job has ended.`;
}

const laterByTimer: Later = (work, milliseconds) => {
  const timer = setTimeout(work, milliseconds);
  timer.unref();
  return {
    dispose: () => {
      clearTimeout(timer);
    },
  };
};
