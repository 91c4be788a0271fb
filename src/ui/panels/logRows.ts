import type { LineId } from '../../protocol/runPanel';
import { LogIndex } from './logIndex';
import type { PlaceRun } from './logIndex';

/** What of a log's line decides whether and where it is shown; `core/logLine` has it. */
export interface PlacedLine extends LineId {
  readonly text: string;
  readonly telemetry: boolean;
  /** Unix milliseconds, where known. */
  readonly t?: number;
}

/** The log of one node, or of several as one. A line keeps its place for ever. */
export interface PlacedLog<L extends PlacedLine> {
  readonly ended: boolean;
  lineCount(): number;
  lines(from: number, count: number): Promise<readonly L[]>;
}

/** Lines read at once. Small enough that the editor's other work gets its turn between two reads. */
const batch = 2000;
/** Lines between two wanted ones that are read along, rather than reading twice. */
const readAlong = 200;

/**
 * The rows of one view of a log: all lines, where nothing has to be read before it is seen, or all but telemetry lines,
 * where the log is read once from its beginning and the rows grow as that goes on.
 */
export class LogRows<L extends PlacedLine> {
  private readonly index = new LogIndex();
  /** Lines of the log that the index knows of. */
  private seen = 0;
  private running: Promise<void> | undefined;
  private again = false;
  private disposed = false;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly log: PlacedLog<L>,
    private readonly telemetry: boolean,
    /** Called after each batch, so that the list can grow while a long log is read. */
    private readonly onProgress: () => void,
  ) {}

  get count(): number {
    return this.telemetry ? this.log.lineCount() : this.index.rows;
  }

  get reading(): boolean {
    return this.running !== undefined;
  }

  get ended(): boolean {
    return this.log.ended && (this.telemetry || (!this.reading && this.seen >= this.log.lineCount()));
  }

  /** Takes in all lines that are there now. Call it again whenever the log grew. */
  update(): Promise<void> {
    if (this.telemetry) return Promise.resolve();
    this.again = true;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /** Takes in what is there, but does not wait for all of a long log. */
  async begin(): Promise<void> {
    const all = this.update();
    if (this.count > 0 || this.telemetry) return;
    await Promise.race([all, new Promise<void>((resolve) => this.waiting.push(resolve))]);
  }

  async read(from: number, count: number): Promise<readonly L[]> {
    if (this.telemetry) return this.log.lines(from, count);
    const runs = this.index.runs(from, count);
    const result: L[] = [];
    for (let at = 0; at < runs.length;) {
      const group = neighbours(runs, at);
      at += group.length;
      const first = group[0]?.first ?? 0;
      const last = group.at(-1) ?? { first, count: 0 };
      const lines = await this.log.lines(first, last.first + last.count - first);
      for (const run of group) result.push(...lines.slice(run.first - first, run.first - first + run.count));
    }
    return result;
  }

  /** The row of a line, or of the one that comes next where it is not shown. */
  async find(line: LineId, t: number | undefined): Promise<number> {
    await this.update();
    const place = await this.placeOf(line, t);
    return this.telemetry ? Math.min(place, Math.max(0, this.count - 1)) : this.index.rowOf(place);
  }

  dispose(): void {
    this.disposed = true;
  }

  private async run(): Promise<void> {
    while (this.again && !this.disposed) {
      this.again = false;
      await this.fill();
    }
  }

  private async fill(): Promise<void> {
    for (;;) {
      const count = Math.min(batch, this.log.lineCount() - this.seen);
      if (count <= 0 || this.disposed) return;
      const lines = await this.log.lines(this.seen, count);
      for (const [at, line] of lines.entries()) {
        // A line that is still being written may become a telemetry line, and then has no row.
        const newest = this.seen + 1 === this.log.lineCount();
        if (newest && !this.log.ended && !line.telemetry && startsLikeTelemetry(line.text)) return;
        if (!line.telemetry) this.index.append(this.seen, 1);
        this.seen++;
        if (at === lines.length - 1) this.onProgress();
      }
      for (const resolve of this.waiting.splice(0)) resolve();
      if (lines.length === 0) return;
    }
  }

  /** Lines are in order of time to within seconds, so its time leads near it and the rest is looking around. */
  private async placeOf(line: LineId, t: number | undefined): Promise<number> {
    const total = this.log.lineCount();
    const guess = await this.log.lines(line.number, 1);
    if (guess[0]?.node === line.node && guess[0].number === line.number) return line.number;
    let low = Math.min(line.number, total);
    let high = total;
    while (t !== undefined && low < high) {
      const middle = (low + high) >>> 1;
      const [found] = await this.log.lines(middle, 1);
      if ((found?.t ?? Infinity) < t) low = middle + 1;
      else high = middle;
    }
    for (const from of [low, Math.max(0, low - batch)]) {
      const around = await this.log.lines(from, batch);
      const at = around.findIndex(({ node, number }) => node === line.node && number >= line.number);
      if (at >= 0) return from + at;
    }
    return t === undefined ? total : low;
  }
}

function neighbours(runs: readonly PlaceRun[], from: number): readonly PlaceRun[] {
  const group: PlaceRun[] = [];
  let end = runs[from]?.first ?? 0;
  for (const run of runs.slice(from)) {
    if (run.first > end + readAlong) break;
    group.push(run);
    end = run.first + run.count;
  }
  return group;
}

function startsLikeTelemetry(text: string): boolean {
  return text.length > 0 && (text.startsWith('##trainyard ') || '##trainyard '.startsWith(text));
}
