import { join } from 'node:path';
import { CancelledError } from '../../core/errors';
import type { Disposable } from '../../lib/disposables';
import { WorkerThread } from '../../node/workerThread';
import type { FromMetrics, ToMetrics } from '../workers/metricMessages';

export type RunMessage = Extract<FromMetrics, { run: number }>;

/** An open run's way to the thread that reads it. */
export interface RunChannel extends Disposable {
  post(message: Told): void;
}

type WithoutRun<T> = T extends { run: number } ? Omit<T, 'run'> : never;
export type Told = WithoutRun<ToMetrics>;

/** How long the thread is kept when no run is open: the Jobs view opens one after the other. */
const linger = 2000;

/**
 * The thread that reads what jobs measure, one for all runs that are open. It is started for the first and ended soon after
 * the last. When it ends by itself every open run fails, and the next one that is opened gets a new thread.
 */
export class MetricThread implements Disposable {
  private thread: WorkerThread<ToMetrics, FromMetrics> | undefined;
  private readonly runs = new Map<number, { told(message: RunMessage): void; failed(error: Error): void }>();
  private opened = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly workersFolder: string) {}

  /** `failed` is called at most once, and nothing is told after it. */
  open(told: (message: RunMessage) => void, failed: (error: Error) => void): RunChannel {
    clearTimeout(this.timer);
    const run = this.opened++;
    this.runs.set(run, { told, failed });
    this.thread ??= this.started();
    const { thread } = this;
    return {
      post(message) {
        thread.post({ ...message, run });
      },
      dispose: () => {
        if (!this.runs.delete(run)) return;
        thread.post({ kind: 'close', run });
        if (this.runs.size === 0)
          this.timer = setTimeout(() => {
            this.end();
          }, linger);
      },
    };
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.end();
    this.failAll(new CancelledError());
  }

  private started(): WorkerThread<ToMetrics, FromMetrics> {
    const thread: WorkerThread<ToMetrics, FromMetrics> = new WorkerThread<ToMetrics, FromMetrics>(
      join(this.workersFolder, 'metricsWorker.js'),
      (message) => this.runs.get(message.run)?.told(message),
      (error) => {
        if (this.thread === thread) this.thread = undefined;
        this.failAll(error);
      },
    );
    return thread;
  }

  private failAll(error: Error): void {
    const runs = [...this.runs.values()];
    this.runs.clear();
    for (const run of runs) run.failed(error);
  }

  private end(): void {
    this.thread?.dispose();
    this.thread = undefined;
  }
}
