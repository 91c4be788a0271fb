import type { LogLine, LogView } from '../core/logLine';
import { Disposables } from '../lib/disposables';
import { Emitter } from '../lib/event';
import type { NodeLog } from './nodeLog';

/** What one node gives to the merged log so far. */
interface Source {
  readonly log: NodeLog;
  readonly release: () => void;
  /** Lines already placed. */
  lines: number;
  /** Time marks already used. */
  marks: number;
}

/** Rows `row` and on come from `source`, its lines `line` and on. */
interface Run {
  readonly row: number;
  readonly source: Source;
  readonly line: number;
}

/**
 * The logs of several nodes as one list. What was there at the start is ordered by the time marks of the nodes, so to
 * within their interval (seconds); what comes later, by arrival. A row never moves once it has its place.
 */
export class MergedLog implements LogView {
  private readonly sources: readonly Source[];
  private readonly runs: Run[] = [];
  private rows = 0;
  private live = false;
  private readonly disposables = new Disposables();
  private readonly grew = this.disposables.add(new Emitter<void>());

  readonly onDidGrow = this.grew.event;

  constructor(logs: readonly { readonly log: NodeLog; readonly release: () => void }[]) {
    this.sources = logs.map(({ log, release }) => ({ log, release, lines: 0, marks: 0 }));
    for (const { log } of this.sources) {
      this.disposables.add(
        log.onDidGrow(() => {
          this.place();
          this.grew.fire();
        }),
      );
    }
    this.place();
  }

  get ended(): boolean {
    return this.sources.every(({ log }) => log.ended);
  }

  lineCount(): number {
    return this.rows;
  }

  async lines(from: number, count: number): Promise<readonly LogLine[]> {
    const first = Math.max(0, Math.floor(from));
    const last = Math.min(this.rows, first + count);
    const parts: Promise<readonly LogLine[]>[] = [];
    for (let at = this.runAt(first), row = first; row < last; at++) {
      const run = this.runs[at];
      if (!run) break;
      const to = Math.min(last, this.runs[at + 1]?.row ?? this.rows);
      parts.push(run.source.log.lines(run.line + row - run.row, to - row));
      row = to;
    }
    return (await Promise.all(parts)).flat();
  }

  async settled(): Promise<void> {
    await Promise.all(this.sources.map(({ log }) => log.settled()));
    this.place();
  }

  dispose(): void {
    this.disposables.dispose();
    for (const { release } of this.sources) release();
  }

  private place(): void {
    while (!this.live) {
      let next: { source: Source; to: number; t: number } | undefined;
      for (const source of this.sources) {
        const batch = nextBatch(source);
        if (batch === 'later') return;
        if (batch && (!next || batch.t < next.t)) next = { source, ...batch };
      }
      if (next) this.take(next.source, next.to);
      else this.live = true;
    }
    for (const source of this.sources) this.take(source, source.log.index.count);
  }

  private take(source: Source, to: number): void {
    if (to <= source.lines) return;
    if (this.runs.at(-1)?.source !== source) this.runs.push({ row: this.rows, source, line: source.lines });
    this.rows += to - source.lines;
    source.lines = to;
  }

  private runAt(row: number): number {
    let low = 0;
    let high = this.runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.runs[middle]?.row ?? 0) <= row) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

/**
 * The node's next lines that one mark covers, or its last ones, which none covers yet; `'later'` while its history is
 * still being read.
 */
function nextBatch(source: Source): { to: number; t: number } | 'later' | undefined {
  const { log } = source;
  for (; ; source.marks++) {
    const mark = log.marks.mark(source.marks);
    if (!mark && !log.caughtUp) return 'later';
    if (mark && mark.bytes > log.index.bytes && !log.caughtUp) return 'later';
    const to = mark ? log.index.linesWithin(mark.bytes) : log.index.count;
    // By the time that its lines show, which may be earlier than the mark.
    if (to > source.lines) return { to, t: log.marks.at(mark?.bytes ?? log.index.bytes) ?? Infinity };
    if (!mark) return undefined;
  }
}
