import type { LineFilter } from '../../core/lineClass';
import type { LogLine, LogSummary, LogView } from '../../core/logLine';
import { Disposables } from '../../lib/disposables';
import { Emitter } from '../../lib/event';
import type { Uint32List } from '../../lib/uint32List';
import type { NodeLog } from './nodeLog';

/** What one node gives to the merged log so far. */
interface Source {
  readonly node: number;
  readonly log: NodeLog;
  readonly release: () => void;
  /** Whole lines already placed. */
  lines: number;
  /** Time marks already used. */
  marks: number;
  /** Its runs, in order. */
  readonly runs: Run[];
}

/** Places `place` and on come from `source`, its lines `line` and on. */
interface Run {
  readonly place: number;
  readonly source: Source;
  readonly line: number;
}

/**
 * The logs of several nodes as one list. What was there at the start is ordered by the time marks of the nodes, so to
 * within their interval (seconds); what comes later, by arrival. A line keeps its place for ever; those that are still
 * being written stand behind all others.
 */
export class MergedLog implements LogView {
  private readonly sources: readonly Source[];
  private readonly runs: Run[] = [];
  private placed = 0;
  private live: boolean;
  private readonly disposables = new Disposables();
  private readonly grew = this.disposables.add(new Emitter<void>());

  readonly onDidGrow = this.grew.event;

  constructor(
    logs: readonly { readonly node: number; readonly log: NodeLog; readonly release: () => void }[],
  ) {
    this.sources = logs.map((one) => ({ ...one, lines: 0, marks: 0, runs: [] }));
    this.live = logs.length === 1; // Nothing to put in order.
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

  get caughtUp(): boolean {
    return this.live && this.sources.every(({ log }) => log.caughtUp);
  }

  get summary(): LogSummary {
    const all = this.sources.map(({ log }) => log.summary);
    return {
      errors: all.reduce((sum, { errors }) => sum + errors, 0),
      warnings: all.reduce((sum, { warnings }) => sum + warnings, 0),
      ranks: [...new Set(all.flatMap(({ ranks }) => ranks))].sort((a, b) => a - b),
      setup: all.some(({ setup }) => setup),
      compressed: {
        bytes: all.reduce((sum, { compressed }) => sum + compressed.bytes, 0),
        stored: all.reduce((sum, { compressed }) => sum + compressed.stored, 0),
      },
    };
  }

  wholeCount(): number {
    return this.placed;
  }

  lineCount(): number {
    return this.placed + this.unfinished().length;
  }

  async lines(from: number, count: number): Promise<readonly LogLine[]> {
    const stretches = this.stretches(Math.max(0, Math.floor(from)), count);
    return (await Promise.all(stretches.map(({ log, line, length }) => log.lines(line, length)))).flat();
  }

  select(filter: LineFilter, from: number, to: number, each: (first: number, count: number) => void): void {
    this.eachRun(from, Math.min(to, this.placed), ({ log }, line, length, place) => {
      log.select(filter, line, line + length, (first, count) => {
        each(place + first - line, count);
      });
    });
    this.unfinished().forEach(({ log, lines }, i) => {
      const place = this.placed + i;
      if (place < from || place >= to) return;
      log.select(filter, lines, lines + 1, () => {
        each(place, 1);
      });
    });
  }

  placeOf(node: number, line: number): number {
    const source = this.sources.find((one) => one.node === node);
    if (!source) return this.placed;
    const run = source.runs[lastAtMost(source.runs, line, (one) => one.line)];
    if (!run || line >= source.lines) return this.placed;
    return run.place + line - run.line;
  }

  placeAt(t: number): number {
    return Math.min(this.placed, ...this.sources.map(({ node, log }) => this.placeOf(node, log.placeAt(t))));
  }

  errorLines(): ReadonlyMap<number, Uint32List> {
    return new Map(this.sources.map(({ node, log }) => [node, log.index.errors]));
  }

  async *bytes(from: number, count: number): AsyncIterable<Uint8Array> {
    for (const { log, line, length } of this.stretches(from, count)) yield* log.bytes(line, length);
  }

  async settled(): Promise<void> {
    await Promise.all(this.sources.map(({ log }) => log.settled()));
    this.place();
  }

  dispose(): void {
    this.disposables.dispose();
    for (const { release } of this.sources) release();
  }

  /** Those whose last line is still being written. */
  private unfinished(): readonly Source[] {
    return this.live ? this.sources.filter(({ log, lines }) => log.index.count > lines) : [];
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
    for (const source of this.sources) this.take(source, source.log.wholeCount());
  }

  private take(source: Source, to: number): void {
    if (to <= source.lines) return;
    if (this.runs.at(-1)?.source !== source) {
      const run = { place: this.placed, source, line: source.lines };
      this.runs.push(run);
      source.runs.push(run);
    }
    this.placed += to - source.lines;
    source.lines = to;
  }

  /** Lines of one node after another that fill `count` places from `from`. */
  private stretches(from: number, count: number) {
    const found: { readonly log: NodeLog; readonly line: number; readonly length: number }[] = [];
    this.eachRun(from, Math.min(this.placed, from + count), ({ log }, line, length) => {
      found.push({ log, line, length });
    });
    const live = this.unfinished().slice(
      Math.max(0, from - this.placed),
      Math.max(0, from + count - this.placed),
    );
    return [...found, ...live.map(({ log, lines }) => ({ log, line: lines, length: 1 }))];
  }

  /** Calls `each` with every stretch of places [from, to) that one node's lines fill. */
  private eachRun(
    from: number,
    to: number,
    each: (source: Source, line: number, length: number, place: number) => void,
  ): void {
    let place = from;
    for (let at = lastAtMost(this.runs, from, (one) => one.place); place < to; at++) {
      const run = this.runs[at];
      if (!run) return;
      const end = Math.min(to, this.runs[at + 1]?.place ?? this.placed);
      each(run.source, run.line + place - run.place, end - place, place);
      place = end;
    }
  }
}

/** Index of the last run whose `key` is at most `value`; 0 where there is none. */
function lastAtMost(runs: readonly Run[], value: number, key: (run: Run) => number): number {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const run = runs[middle];
    if (run && key(run) <= value) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/**
 * The node's next whole lines that one mark covers, or its last ones, which none covers yet; `'later'` while its history
 * is still being read.
 */
function nextBatch(source: Source): { to: number; t: number } | 'later' | undefined {
  const { log } = source;
  for (; ; source.marks++) {
    const mark = log.marks.mark(source.marks);
    if (!mark && !log.caughtUp) return 'later';
    if (mark && mark.bytes > log.index.bytes && !log.caughtUp) return 'later';
    const to = mark ? Math.min(log.index.linesWithin(mark.bytes), log.wholeCount()) : log.wholeCount();
    // By the time that its lines show, which may be earlier than the mark.
    if (to > source.lines) return { to, t: log.marks.at(mark?.bytes ?? log.index.bytes) ?? Infinity };
    if (!mark) return undefined;
  }
}
