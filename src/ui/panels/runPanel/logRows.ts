import { isEveryLine, type LineFilter } from '../../../core/lineClass';
import type { LogLine, LogView } from '../../../core/logLine';
import { LogIndex, type PlaceRun } from './logIndex';

/** Lines looked at before the editor's other work gets its turn: a millisecond or two. */
const batch = 200_000;
/** Lines between two wanted ones that are read along, rather than reading twice. */
const readAlong = 200;

/** What rows need of a log. */
export type RowSource = Pick<
  LogView,
  'ended' | 'caughtUp' | 'lineCount' | 'wholeCount' | 'lines' | 'select' | 'placeOf' | 'placeAt'
>;

/**
 * The rows of a log in one view: all its lines, or those that a filter lets through. What a line is stands in the log's
 * index, so nothing is read before it is seen. The last rows, at most one a node, may be of lines that are still being
 * written.
 */
export class LogRows {
  private readonly index = new LogIndex();
  private readonly everything: boolean;
  /** Whole lines that the index knows of. */
  private seen = 0;
  private running: Promise<void> | undefined;
  private disposed = false;

  constructor(
    private readonly log: RowSource,
    private readonly filter: LineFilter,
    /** Called after each batch, so that the list can grow while a long log is looked through. */
    private readonly onProgress: () => void,
  ) {
    this.everything = isEveryLine(filter);
  }

  get count(): number {
    return this.whole + this.live.length;
  }

  /** Rows of lines that keep their place for ever; they come first. */
  get whole(): number {
    return this.everything ? this.log.wholeCount() : this.index.rows;
  }

  get reading(): boolean {
    return this.running !== undefined || !this.log.caughtUp;
  }

  get ended(): boolean {
    return this.log.ended && !this.reading && (this.everything || this.seen >= this.log.wholeCount());
  }

  /** Takes in all lines that are there now. Call it again whenever the log grew. */
  update(): void {
    if (this.everything || this.running) return;
    this.fill();
    if (this.seen >= this.log.wholeCount()) return;
    this.running = this.goOn().finally(() => {
      this.running = undefined;
      if (!this.disposed) this.onProgress();
    });
  }

  async read(from: number, count: number): Promise<readonly LogLine[]> {
    const runs = this.runs(from, count);
    const result: LogLine[] = [];
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

  /** The places in the log that `count` rows from `from` show. */
  runs(from: number, count: number): readonly PlaceRun[] {
    const { whole } = this;
    const shown = Math.max(0, Math.min(count, whole - from));
    const runs = this.everything ? [{ first: from, count: shown }] : this.index.runs(from, shown);
    const live = this.live.slice(Math.max(0, from - whole), Math.max(0, from + count - whole));
    return [...runs.filter((run) => run.count > 0), ...live.map((first) => ({ first, count: 1 }))];
  }

  /** The row of a node's line, or of the one that comes next where it is not shown. */
  rowOf(node: number, line: number): number {
    return this.rowAt(this.log.placeOf(node, line));
  }

  /** The first row that was written at or after `t`. */
  rowAtTime(t: number): number {
    return this.rowAt(this.log.placeAt(t));
  }

  /** Whether it is decided if and where a node's line is shown. */
  knows(node: number, line: number): boolean {
    return this.log.placeOf(node, line) < (this.everything ? this.log.wholeCount() : this.seen);
  }

  /** The row of a line that is shown; -1 of one that is not, or not yet known. */
  exactRowOf(node: number, line: number): number {
    const place = this.log.placeOf(node, line);
    if (place >= this.log.wholeCount()) return -1;
    if (this.everything) return place;
    return this.index.has(place) ? this.index.rowOf(place) : -1;
  }

  dispose(): void {
    this.disposed = true;
  }

  /** Places of the lines that are still being written and shown. */
  private get live(): readonly number[] {
    const places: number[] = [];
    this.log.select(this.filter, this.log.wholeCount(), this.log.lineCount(), (first, count) => {
      for (let i = 0; i < count; i++) places.push(first + i);
    });
    return places;
  }

  private rowAt(place: number): number {
    const row = this.everything ? place : this.index.rowOf(place);
    return Math.max(0, Math.min(row, this.count - 1));
  }

  private fill(): void {
    const to = Math.min(this.log.wholeCount(), this.seen + batch);
    this.log.select(this.filter, this.seen, to, (first, count) => {
      this.index.append(first, count);
    });
    this.seen = to;
  }

  private async goOn(): Promise<void> {
    while (this.seen < this.log.wholeCount() && !this.disposed) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.fill();
      this.onProgress();
    }
  }
}

function neighbours(runs: readonly PlaceRun[], from: number): readonly PlaceRun[] {
  const group: PlaceRun[] = [];
  let end = runs[from]?.first ?? 0;
  for (let at = from; at < runs.length; at++) {
    const run = runs[at];
    if (!run || run.first > end + readAlong) break;
    group.push(run);
    end = run.first + run.count;
  }
  return group;
}
