import { readLog } from '../../src/protocol/runPanel';
import { maxWindowRows } from '../../src/protocol/runLog';
import type { LogExtent, LogRow, LogView } from '../../src/protocol/runLog';
import { ask } from '../shared/host';
import { RowPages, pageRows } from '../shared/rowPages';
import { messageOf } from './runModel';

/** A list that is followed begins anew, rather than catching up, where it is so many rows behind. */
const farBehind = maxWindowRows - pageRows;

/**
 * The rows of one view of the log, as the list needs them. It asks one question at a time. Followed, the list grows only by
 * rows that are here, so that its end is never blank; otherwise its length is the log's, and rows come where one looks.
 */
export class LogFeed {
  /** How long the list is now. */
  extent: LogExtent | undefined;
  problem: string | undefined;
  private readonly pages = new RowPages<LogRow>();
  private newest: LogExtent | undefined;
  private view: LogView | undefined;
  private following = false;
  private sight = { first: 0, end: 0 };
  /** Whether the log's end has to be read again: it grew, or its last line was rewritten. */
  private endIsOld = false;
  private busy = false;
  /** The first row that was told to be another one since the question under way was asked: its answer may be from before. */
  private toldFrom = Infinity;
  /** Counts views, so that an answer for the one before is not shown. */
  private turn = 0;

  constructor(private readonly onChange: () => void) {}

  row(index: number): LogRow | undefined {
    return this.pages.row(index);
  }

  /** Starts with another view, or once more; resolves when its length is known. */
  async open(view: LogView): Promise<void> {
    const turn = ++this.turn;
    this.view = view;
    this.pages.clear();
    this.extent = this.newest = undefined;
    this.problem = undefined;
    this.onChange();
    try {
      // The first rows come with the log's length: what is asked for later is seen later.
      const [from, count] = this.following ? [-2 * pageRows, 2 * pageRows] : [0, pageRows];
      const found = await ask(readLog, { view, from, count });
      if (turn !== this.turn) return;
      const { extent, rows } = found;
      const start = Math.ceil(found.from / pageRows) * pageRows;
      this.pages.put(start, rows.slice(start - found.from));
      const known = found.from + rows.length;
      this.extent = this.following ? { ...extent, rows: known, live: liveWithin(extent, known) } : extent;
      this.told(extent);
    } catch (error) {
      this.failed(error, turn);
    }
  }

  /** Rows look otherwise than they did, as where they match a search. They stay in sight until they are read again. */
  refresh(): void {
    this.pages.grown(0);
    this.endIsOld = true;
    void this.work();
  }

  told(extent: LogExtent): void {
    if (!this.extent) return;
    this.newest = extent;
    this.endIsOld = true;
    if (!this.following) this.show(extent);
    void this.work();
  }

  follow(following: boolean): void {
    if (following === this.following) return;
    this.following = following;
    if (!following && this.newest) this.show(this.newest);
    void this.work();
  }

  /** The rows that are in sight. */
  need(first: number, end: number): void {
    this.sight = { first, end };
    void this.work();
  }

  private show(extent: LogExtent): void {
    const before = this.extent;
    this.extent = extent;
    if (before) {
      const row = firstLive(before);
      this.toldFrom = Math.min(this.toldFrom, row);
      this.pages.grown(row);
    }
    this.onChange();
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.extent && this.view && this.problem === undefined) {
        const from = this.next(this.extent);
        if (from === undefined) return;
        await this.read(this.view, from);
      }
    } finally {
      this.busy = false;
    }
  }

  /** Where to read now: the end of a list that is followed, else what is in sight, else what is near. */
  private next(shown: LogExtent): number | undefined {
    if (this.following && this.newest && this.endIsOld) {
      const { rows } = this.newest;
      return rows - shown.rows > farBehind || shown.rows === 0
        ? pageStart(Math.max(0, rows - pageRows))
        : firstLive(shown);
    }
    const page = this.pages.missing(this.sight.first, this.sight.end, shown.rows)[0];
    return page === undefined ? undefined : page * pageRows;
  }

  private async read(view: LogView, from: number): Promise<void> {
    const turn = this.turn;
    const end = this.following && this.endIsOld;
    if (end) this.endIsOld = false;
    this.toldFrom = Infinity;
    try {
      const found = await ask(readLog, { view, from, count: end ? maxWindowRows : pageRows });
      if (turn !== this.turn) return;
      this.pages.put(found.from, found.rows);
      if (!end && this.toldFrom < Infinity) this.pages.grown(this.toldFrom);
      if (end) {
        const rows = found.from + found.rows.length;
        this.extent = { ...found.extent, rows, live: liveWithin(found.extent, rows) };
        this.newest = found.extent;
        if (found.extent.rows > rows) this.endIsOld = true;
      }
      this.onChange();
    } catch (error) {
      this.failed(error, turn);
    }
  }

  private failed(error: unknown, turn: number): void {
    if (turn !== this.turn) return;
    this.problem = messageOf(error);
    this.onChange();
  }
}

function pageStart(row: number): number {
  return Math.floor(row / pageRows) * pageRows;
}

/** The first row that may be another one by now: of the lines that are still being written, or else the last. */
function firstLive({ rows, live }: LogExtent): number {
  return Math.max(0, rows - Math.max(1, live));
}

/** Of a list that is known up to `rows`, how many of these are still being written. */
function liveWithin({ rows: all, live }: LogExtent, rows: number): number {
  return Math.max(0, live - (all - rows));
}
