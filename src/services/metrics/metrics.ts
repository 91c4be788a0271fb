import type { TrainingJob } from '../../core/trainingJob';
import type { Disposable } from '../../lib/disposables';
import type { LogStore } from '../logStore/logStore';
import { MetricThread } from './metricThread';
import { OpenMetrics } from './openMetrics';
import type { RunMetrics } from './runMetrics';

export type { GuardMark, NodeHardware, PhaseMark, RunMetrics, SeriesInfo, SeriesPoints } from './runMetrics';

/** What jobs measure, read from their logs and telemetry as they grow, in a thread of its own. */
export class MetricStore implements Disposable {
  private readonly thread: MetricThread;

  /** `workersFolder` is the absolute path of the built programs of `services/workers`. */
  constructor(
    private readonly logs: LogStore,
    workersFolder: string,
  ) {
    this.thread = new MetricThread(workersFolder);
  }

  async open(job: TrainingJob): Promise<RunMetrics> {
    const ranks = Array.from({ length: job.spec.num_nodes }, (_, rank) => rank);
    const files = await Promise.all(
      ranks.map(async (rank) => ({
        log: await this.logs.file(job, rank, 'log'),
        telemetry: await this.logs.file(job, rank, 'telemetry'),
      })),
    );
    return new OpenMetrics(files, job.spec.trainyard?.metrics ?? [], this.thread);
  }

  dispose(): void {
    this.thread.dispose();
  }
}
