import type { SeriesPoints, SeriesView } from '../../core/series/series';
import { Disposables } from '../../lib/disposables';
import { Emitter } from '../../lib/event';
import type { LogFile } from '../logStore/logFile';
import { MetricTable } from './metricTable';
import type { MetricThread, RunChannel, RunMessage } from './metricThread';
import type { GuardMark, NodeHardware, PhaseMark, RestartMark, RunMetrics, SeriesInfo } from './runMetrics';
import { tellOf } from '../workers/followedFile';
import type { MetricBatch, NodeFiles } from '../workers/metricMessages';

export type LogFiles = Readonly<Record<keyof NodeFiles, LogFile>>;

/** One run that somebody looks at: what the metrics thread has read of it so far. */
export class OpenMetrics implements RunMetrics {
  private readonly table = new MetricTable();
  private readonly phaseMarks: PhaseMark[] = [];
  private readonly guardMarks: GuardMark[] = [];
  private allNotes: readonly string[] = [];
  private failure: { readonly error: unknown } | undefined;
  private disposed = false;
  private tickets = 0;
  private readonly waiting = new Map<number, { resolve(): void; reject(error: unknown): void }>();
  private readonly held = new Disposables();
  private readonly changes = this.held.add(new Emitter<void>());
  private readonly thread: RunChannel;

  readonly onDidChange = this.changes.event;

  /** `files` are by rank. */
  constructor(
    files: readonly LogFiles[],
    regexes: readonly { readonly name: string; readonly regex: string }[],
    thread: MetricThread,
  ) {
    for (const { log, telemetry } of files) {
      this.held.add(log);
      this.held.add(telemetry);
    }
    const fail = (error: unknown) => {
      this.fail(error);
    };
    this.thread = this.held.add(
      thread.open((message) => {
        this.told(message);
      }, fail),
    );
    const state = (file: LogFile) => ({ path: file.path, over: this.isOver(file) });
    const nodes = files.map(({ log, telemetry }) => ({ log: state(log), telemetry: state(telemetry) }));
    this.thread.post({ kind: 'open', nodes, regexes: regexes.map(({ name, regex }) => ({ name, regex })) });
    files.forEach((node, rank) => {
      for (const channel of ['log', 'telemetry'] as const) {
        const stir = (over: boolean) => {
          this.thread.post({ kind: 'stir', node: rank, channel, over });
        };
        this.held.add(
          tellOf(node[channel], stir, fail, (failure) => {
            this.mend(failure);
          }),
        );
      }
    });
  }

  series(): readonly SeriesInfo[] {
    return this.table.infos();
  }

  seriesCount(): number {
    return this.table.count;
  }

  read(key: string, node: number, fromIndex = 0, rank?: number): SeriesPoints {
    return this.table.read(key, node, fromIndex, rank);
  }

  find(key: string, node: number, rank?: number): SeriesView | undefined {
    return this.table.find(key, node, rank);
  }

  phases(): readonly PhaseMark[] {
    return this.phaseMarks;
  }

  guards(): readonly GuardMark[] {
    return this.guardMarks;
  }

  restarts(): readonly RestartMark[] {
    return this.table.restarts();
  }

  hardware(): readonly NodeHardware[] {
    return this.table.hardware();
  }

  notes(): readonly string[] {
    return this.allNotes;
  }

  settled(): Promise<void> {
    if (this.disposed) return Promise.resolve();
    const ticket = this.tickets++;
    return new Promise((resolve, reject) => {
      this.waiting.set(ticket, { resolve, reject });
      if (this.failure) this.fail(this.failure.error);
      else this.thread.post({ kind: 'settle', ticket });
    });
  }

  dispose(): void {
    this.disposed = true;
    // Whoever waits in `settled` sees that nothing more will come.
    for (const one of this.waiting.values()) one.resolve();
    this.waiting.clear();
    this.held.dispose();
  }

  private told(message: RunMessage): void {
    if (message.kind === 'failed') this.fail(message.error);
    else this.take(message.batch);
  }

  private take(batch: MetricBatch): void {
    this.table.take(batch);
    for (const phase of batch.phases) this.phaseMarks.push(phase);
    for (const guard of batch.guards) this.guardMarks.push(guard);
    if (batch.notes) this.allNotes = batch.notes;
    this.thread.post({ kind: 'taken' });
    for (const ticket of batch.settled) {
      this.waiting.get(ticket)?.resolve();
      this.waiting.delete(ticket);
    }
    this.changes.fire();
  }

  private fail(error: unknown): void {
    if (this.disposed) return;
    this.failure ??= { error };
    for (const one of this.waiting.values()) one.reject(this.failure.error);
    this.waiting.clear();
    this.changes.fire();
  }

  private mend(failure: unknown): void {
    if (this.failure?.error !== failure) return;
    this.failure = undefined;
    this.changes.fire();
  }

  private isOver(file: LogFile): boolean {
    try {
      return file.over();
    } catch (error) {
      this.fail(error);
      return true;
    }
  }
}
