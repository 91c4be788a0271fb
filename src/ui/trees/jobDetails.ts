import { CancelledError, messageOf } from '../../core/errors';
import { hasEnded, type TrainingJob } from '../../core/trainingJob';
import { Disposables, type Disposable } from '../../lib/disposables';
import { Emitter } from '../../lib/event';
import type { Core } from '../../services/core';
import { headline } from './headline';
import type { JobDetail } from './jobRow';

/** Ended jobs whose log is read for a row; those further down say only what their record knows. */
const mostRead = 20;

/**
 * The figures and failure reasons in job rows. They come from the job's own files, so they are read only for jobs in
 * view: the running ones as they grow, the ended ones once, one after another.
 */
export class JobDetails implements Disposable {
  private readonly known = new Map<string, JobDetail>();
  private readonly live = new Map<string, Disposable>();
  private readonly asked = new Set<string>();
  private readonly abort = new AbortController();
  private readonly changed = new Emitter<string>();
  private reading: Promise<void> = Promise.resolve();

  /** Id of the job whose detail is new. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly core: Core) {}

  of(job: TrainingJob): JobDetail {
    return this.known.get(job.id) ?? {};
  }

  /** Reads what is missing for these jobs, and follows those that run; the rest is let go. */
  show(jobs: readonly TrainingJob[]): void {
    const running = new Set(jobs.filter((job) => !hasEnded(job.state)).map((job) => job.id));
    for (const [id, following] of this.live) {
      if (running.has(id)) continue;
      following.dispose();
      this.live.delete(id);
    }
    for (const job of jobs) if (running.has(job.id)) this.follow(job);
    for (const job of jobs.filter((one) => hasEnded(one.state)).slice(0, mostRead)) this.readOnce(job);
  }

  dispose(): void {
    this.abort.abort();
    for (const following of this.live.values()) following.dispose();
    this.live.clear();
    this.changed.dispose();
  }

  private follow(job: TrainingJob): void {
    if (this.live.has(job.id)) return;
    const held = new Disposables();
    let gone = false;
    held.add({ dispose: () => (gone = true) });
    this.live.set(job.id, held);
    void this.core.metrics.open(job).then(
      (run) => {
        const update = () => {
          this.learn(job.id, { figures: headline(run.series(), false) });
        };
        held.add(run);
        held.add(run.onDidChange(update));
        if (gone) held.dispose();
        else update();
      },
      () => undefined, // A row without figures is complete; the run panel says why there are none.
    );
  }

  private readOnce(job: TrainingJob): void {
    if (this.asked.has(job.id)) return;
    this.asked.add(job.id);
    this.reading = this.reading.then(async () => {
      if (this.abort.signal.aborted) return;
      try {
        this.learn(job.id, await this.read(job));
      } catch (error) {
        if (!(error instanceof CancelledError)) this.learn(job.id, { failure: messageOf(error) });
      }
    });
  }

  private async read(job: TrainingJob): Promise<JobDetail> {
    if (job.state === 'failed') {
      const { describeFailure } = await import('../../services/jobs/failures');
      const failure = await describeFailure(this.core, job, this.abort.signal);
      if (!failure) return {};
      const { node } = failure;
      return { failure: failure.error ?? failure.reason, ...(node !== undefined && { node }) };
    }
    const run = await this.core.metrics.open(job);
    try {
      await run.settled();
      return { figures: headline(run.series(), true) };
    } finally {
      run.dispose();
    }
  }

  private learn(id: string, detail: JobDetail): void {
    if (JSON.stringify(this.known.get(id)) === JSON.stringify(detail)) return;
    this.known.set(id, detail);
    if (!this.abort.signal.aborted) this.changed.fire(id);
  }
}
