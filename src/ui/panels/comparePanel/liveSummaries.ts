import type { TrainingJob } from '../../../core/trainingJob';
import { Disposables, type Disposable } from '../../../lib/disposables';
import type { Core } from '../../../services/core';
import { readJobRecord } from '../../../services/jobs/jobRecord';
import { runSummary, type RunSummary } from '../../../services/metrics/runSummary';

/** So many running jobs are followed at once, the newest first; the others show what was measured at the opening. */
const mostFollowed = 8;

/** The summaries of running jobs as they measure. */
export class LiveSummaries implements Disposable {
  private readonly summaries = new Map<string, RunSummary>();
  private readonly followed = new Map<string, Disposables>();
  private readonly seen = new Set<string>();
  private reading: Promise<void> = Promise.resolve();
  private disposed = false;

  constructor(
    private readonly core: Core,
    private readonly changed: () => void,
  ) {}

  of(id: string): RunSummary | undefined {
    return this.summaries.get(id);
  }

  /** The jobs that run now, newest first. */
  follow(running: readonly TrainingJob[]): void {
    const wanted = new Set(running.slice(0, mostFollowed).map(({ id }) => id));
    for (const [id, held] of this.followed) {
      if (wanted.has(id)) continue;
      held.dispose();
      this.followed.delete(id);
    }
    for (const job of running) {
      if (wanted.has(job.id)) void this.begin(job);
      else if (!this.seen.has(job.id)) this.readOnce(job);
      this.seen.add(job.id);
    }
  }

  dispose(): void {
    this.disposed = true;
    for (const held of this.followed.values()) held.dispose();
    this.followed.clear();
  }

  private async begin(job: TrainingJob): Promise<void> {
    if (this.followed.has(job.id)) return;
    const held = new Disposables();
    this.followed.set(job.id, held);
    await this.read(job, held).catch(() => undefined); // The run panel says why there is nothing.
    if (this.followed.get(job.id) !== held) held.dispose();
  }

  private readOnce(job: TrainingJob): void {
    this.reading = this.reading.then(async () => {
      const held = new Disposables();
      try {
        if (!this.disposed) await (await this.read(job, held)).settled();
      } catch {
        // As above.
      } finally {
        held.dispose();
      }
    });
  }

  private async read(job: TrainingJob, held: Disposables): Promise<{ settled(): Promise<void> }> {
    const record = await readJobRecord(this.core.jobs.folder(job.id));
    const metrics = held.add(await this.core.metrics.open(job));
    const take = () => {
      this.summaries.set(job.id, runSummary(metrics, record));
      this.changed();
    };
    held.add(metrics.onDidChange(take));
    take();
    return metrics;
  }
}
