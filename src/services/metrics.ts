import type { TelemetryRecord } from '../core/telemetry';
import type { TrainingJob } from '../core/trainingJob';
import { Emitter } from '../lib/event';
import { Disposables } from '../lib/disposables';
import type { LogStore } from './logStore';
import { MetricRegexes } from './metricRegexes';
import { MetricTable, mostSeries } from './metricTable';
import { NodeMetrics } from './nodeMetrics';
import type { GuardMark, NodeHardware, PhaseMark, RunMetrics, SeriesInfo, SeriesPoints } from './runMetrics';

export type { GuardMark, NodeHardware, PhaseMark, RunMetrics, SeriesInfo, SeriesPoints } from './runMetrics';

/** Phases and guard lines that are kept; a script that marks each step as a phase doesn't fill the memory. */
const mostMarks = 10_000;

/** What jobs measure, read from their logs and telemetry as they grow. */
export class MetricStore {
  constructor(
    private readonly logs: LogStore,
    private readonly now: () => number,
  ) {}

  async open(job: TrainingJob): Promise<RunMetrics> {
    const ranks = Array.from({ length: job.spec.num_nodes }, (_, rank) => rank);
    const files = await Promise.all(
      ranks.map(async (rank) => ({
        log: await this.logs.file(job, rank, 'log'),
        telemetry: await this.logs.file(job, rank, 'telemetry'),
      })),
    );
    return new OpenMetrics(job, files, this.now);
  }
}

class OpenMetrics implements RunMetrics {
  private readonly table = new MetricTable();
  private readonly regexes: MetricRegexes;
  private readonly phaseMarks: PhaseMark[] = [];
  private readonly guardMarks: GuardMark[] = [];
  private readonly nodes: readonly NodeMetrics[];
  private failure: { error: unknown } | undefined;
  private readonly disposables = new Disposables();
  private readonly changes = this.disposables.add(new Emitter<void>());

  readonly onDidChange = this.changes.event;

  constructor(
    job: TrainingJob,
    files: readonly ConstructorParameters<typeof NodeMetrics>[1][],
    now: () => number,
  ) {
    this.regexes = new MetricRegexes(job.spec.trainyard?.metrics ?? []);
    const take = (record: TelemetryRecord, node: number, t: number) => {
      this.take(record, node, t);
    };
    const changed = () => {
      this.changes.fire();
    };
    this.nodes = files.map((each, rank) =>
      this.disposables.add(new NodeMetrics(rank, each, this.regexes, now, take, changed)),
    );
    for (const node of this.nodes) void this.run(node);
  }

  series(): readonly SeriesInfo[] {
    return this.table.infos();
  }

  read(key: string, node: number, fromIndex = 0, rank?: number): SeriesPoints {
    return this.table.read(key, node, fromIndex, rank);
  }

  phases(): readonly PhaseMark[] {
    return this.phaseMarks;
  }

  guards(): readonly GuardMark[] {
    return this.guardMarks;
  }

  hardware(): readonly NodeHardware[] {
    return this.table.hardware();
  }

  notes(): readonly string[] {
    const { leftOut } = this.table;
    return [
      ...this.regexes.notes,
      ...(leftOut > 0
        ? [`This job has more than ${mostSeries} series: ${leftOut} points of the later ones are not shown.`]
        : []),
    ];
  }

  async settled(): Promise<void> {
    const waiting = await Promise.all(
      this.nodes.map(async (node) => ({ node, sizes: await node.measure() })),
    );
    for (;;) {
      if (this.failure) throw this.failure.error;
      if (waiting.every(({ node, sizes }) => node.isDisposed || node.isRead(sizes))) return;
      await this.change();
    }
  }

  dispose(): void {
    for (const node of this.nodes) node.dispose();
    this.changes.fire(); // Whoever waits in `settled` sees that nothing more will come.
    this.disposables.dispose();
  }

  private take(record: TelemetryRecord, node: number, t: number): void {
    switch (record.kind) {
      case 'metric':
        this.table.addMetrics(record, node, t);
        break;
      case 'host':
        this.table.addHost(record, node, t);
        break;
      case 'gpu':
        this.table.addGpu(record, node, t);
        break;
      case 'phase': {
        const { phase, state, path } = record;
        if (this.phaseMarks.length >= mostMarks) return;
        this.phaseMarks.push({
          t,
          node,
          phase,
          ...(state !== undefined && { state }),
          ...(path !== undefined && { path }),
        });
        break;
      }
      case 'guard': {
        const { rule, action, reason } = record;
        if (this.guardMarks.length < mostMarks) this.guardMarks.push({ t, node, rule, action, reason });
        break;
      }
      case 'exit':
        break; // Its node's state says it.
    }
  }

  private async run(node: NodeMetrics): Promise<void> {
    try {
      await node.run();
    } catch (error) {
      if (node.isDisposed) return;
      this.failure = { error };
      this.changes.fire();
    }
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      const subscription = this.changes.event(() => {
        subscription.dispose();
        resolve();
      });
    });
  }
}
