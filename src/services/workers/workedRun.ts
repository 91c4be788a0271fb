import { Disposables, type Disposable } from '../../lib/disposables';
import { MetricRegexes } from '../metrics/metricRegexes';
import { NodeMetrics } from '../metrics/nodeMetrics';
import { FollowedFile } from './followedFile';
import { MetricBatches } from './metricBatches';
import type { FromMetrics, NodeFiles, ToMetrics } from './metricMessages';

/** Shortest time between two batches of a run that is followed, in milliseconds. */
const pause = 50;
/** Points at which a batch is posted without waiting, and reading waits until it was taken. */
const batchPoints = 1 << 14;

type Open = Extract<ToMetrics, { kind: 'open' }>;

interface Waiting {
  readonly ticket: number;
  readonly parts: readonly {
    readonly node: NodeMetrics;
    readonly sizes: { telemetry: number; log: number };
  }[];
}

/**
 * One run in the metrics thread: reads all its nodes and posts what they measure in batches. The next is posted when the
 * last was taken in, so that a reader that is busy is given more at once and never a queue.
 */
export class WorkedRun implements Disposable {
  private readonly held = new Disposables();
  private readonly batches = new MetricBatches();
  private readonly regexes: MetricRegexes;
  private readonly nodes: readonly { readonly metrics: NodeMetrics; readonly files: FollowedNode }[];
  private waiting: Waiting[] = [];
  private underWay = false;
  private postedAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private disposed = false;
  private room = Promise.withResolvers<undefined>();

  constructor(
    private readonly open: Open,
    now: () => number,
    private readonly post: (message: FromMetrics, transfer: readonly ArrayBuffer[]) => void,
  ) {
    this.regexes = new MetricRegexes(open.regexes);
    this.nodes = open.nodes.map((states, rank) => {
      const files = followed(states);
      const metrics = new NodeMetrics(
        rank,
        files,
        this.regexes,
        now,
        (record, node, t) => {
          this.batches.add(record, node, t);
        },
        () => this.changed(),
      );
      this.held.add(metrics);
      void this.run(metrics);
      return { metrics, files };
    });
  }

  stir(node: number, channel: keyof NodeFiles, over: boolean): void {
    this.nodes[node]?.files[channel].stir(over);
  }

  async settle(ticket: number): Promise<void> {
    try {
      const parts = await Promise.all(
        this.nodes.map(async ({ metrics }) => ({ node: metrics, sizes: await metrics.measure() })),
      );
      this.waiting.push({ ticket, parts });
      this.flush();
    } catch (error) {
      this.fail(error);
    }
  }

  taken(): void {
    this.underWay = false;
    if (this.batches.points < batchPoints) this.makeRoom();
    this.flush();
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
    this.makeRoom();
    this.held.dispose();
  }

  /** Resolves when more may be read. */
  private async changed(): Promise<void> {
    this.flush();
    if (this.batches.points >= batchPoints && this.underWay && !this.disposed) await this.room.promise;
  }

  private flush(): void {
    if (this.underWay || this.disposed) return;
    const { notes } = this.regexes;
    const settled = this.waiting.filter(isSettled);
    if (settled.length === 0) {
      if (this.batches.isEmpty(notes)) return;
      const wait = this.postedAt + pause - performance.now();
      if (wait > 0 && this.batches.points < batchPoints) {
        this.timer ??= setTimeout(() => {
          this.timer = undefined;
          this.flush();
        }, wait);
        return;
      }
    }
    this.waiting = this.waiting.filter((one) => !settled.includes(one));
    const batch = this.batches.take(
      notes,
      settled.map(({ ticket }) => ticket),
    );
    this.underWay = true;
    this.postedAt = performance.now();
    const columns = [batch.series, batch.t, batch.step, batch.value];
    this.post(
      { kind: 'batch', run: this.open.run, batch },
      columns.map(({ buffer }) => buffer as ArrayBuffer),
    );
    this.makeRoom();
  }

  private makeRoom(): void {
    this.room.resolve(undefined);
    this.room = Promise.withResolvers();
  }

  private async run(metrics: NodeMetrics): Promise<void> {
    try {
      await metrics.run();
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    if (!this.disposed) this.post({ kind: 'failed', run: this.open.run, error }, []);
  }
}

interface FollowedNode {
  readonly log: FollowedFile;
  readonly telemetry: FollowedFile;
}

function followed({ log, telemetry }: NodeFiles): FollowedNode {
  return { log: new FollowedFile(log), telemetry: new FollowedFile(telemetry) };
}

function isSettled({ parts }: Waiting): boolean {
  return parts.every(({ node, sizes }) => node.isRead(sizes));
}
