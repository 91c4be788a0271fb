import { isEveryLine, isTelemetry, type LineFilter } from '../../core/lineClass';
import { longestRow, rowText, type LogLine, type LogSummary, type LogView } from '../../core/logLine';
import { TimeMarks } from '../../core/timeMarks';
import { Disposables } from '../../lib/disposables';
import { Emitter } from '../../lib/event';
import type { Uint32List } from '../../lib/uint32List';
import { FileBytes } from '../../node/fileBytes';
import { IndexFile, leastBytes } from './indexFile';
import { LineIndex } from './lineIndex';
import type { LogFile } from './logFile';
import type { LogNews } from './logNews';
import type { LogThread } from './logThread';
import { SetupLines } from './setupLines';

/** Of a longer line only the last part is searched for a `\r`, and otherwise only its beginning is read. */
const longestRead = 1 << 16;
/** Rows are read in pieces of at most this many bytes. */
const rowsBytes = 1 << 20;
/** A log that is no longer than this is shown once all of it is known. */
const longestFirst = 1 << 20;
const carriageReturn = 0x0d;

/**
 * One node's log while somebody looks at it: its bytes stay in the file, the index of its lines comes from a thread that
 * reads it, and strings are made only of the rows that are asked for.
 */
export class NodeLog implements LogView {
  readonly file: string;
  index = new LineIndex();
  readonly marks = new TimeMarks();
  ended = false;
  private failure: Error | undefined;
  private logRead = false;
  private marksRead = false;
  private readonly setup = new SetupLines(this);
  private readonly disposables = new Disposables();
  private readonly grew = this.disposables.add(new Emitter<void>());
  private readonly contents: FileBytes;
  private readonly indexFile: IndexFile;
  /** Bytes of the log that the file beside it knows. */
  private kept = 0;
  private disposed = false;

  readonly onDidGrow = this.grew.event;

  constructor(
    private readonly node: number,
    log: LogFile,
    telemetry: LogFile,
    thread: LogThread,
  ) {
    this.file = log.path;
    this.disposables.add(log);
    this.disposables.add(telemetry);
    this.contents = new FileBytes(log.path);
    this.indexFile = new IndexFile(this.contents);
    void this.begin(log, telemetry, thread);
  }

  dispose(): void {
    void this.keepIndex();
    this.grew.fire(); // Whoever waits in `settled` sees that nothing more will come.
    this.disposables.dispose();
  }

  get caughtUp(): boolean {
    return this.logRead && this.marksRead;
  }

  get summary(): LogSummary {
    const { index, setup } = this;
    return {
      errors: index.levelCount('error'),
      warnings: index.levelCount('warning'),
      ranks: index.ranks,
      setup: setup.any,
      compressed: this.contents.compressed,
    };
  }

  lineCount(): number {
    return this.index.count;
  }

  wholeCount(): number {
    return this.ended ? this.index.count : this.index.whole;
  }

  select(filter: LineFilter, from: number, to: number, each: (first: number, count: number) => void): void {
    const last = Math.min(to, this.index.count);
    if (isEveryLine(filter)) {
      if (last > from) each(from, last - from);
    } else if (filter.stream === null) this.index.select(filter, from, last, each);
    else
      this.setup.parts(filter.stream, from, last, (first, end) => {
        this.index.select(filter, first, end, each);
      });
  }

  placeOf(_node: number, line: number): number {
    return line;
  }

  placeAt(t: number): number {
    return this.index.linesWithin(this.marks.before(t));
  }

  /** Resolves once there is something to show: the lines of a short log, the first ones of a long log. */
  async begun(): Promise<void> {
    while (!this.logRead && this.index.bytes < longestFirst && !this.failure && !this.disposed)
      await this.change();
  }

  /** Resolves once all that the file held at the call is indexed. */
  async settled(): Promise<void> {
    const { size } = await this.contents.measure();
    for (;;) {
      if (this.failure) throw this.failure;
      if ((this.caughtUp && this.index.bytes >= size) || this.disposed) return;
      await this.change();
    }
  }

  async lines(from: number, count: number): Promise<LogLine[]> {
    if (this.failure) throw this.failure;
    const rows: LogLine[] = [];
    const last = Math.min(this.index.count, Math.max(0, from) + count);
    let line = Math.max(0, Math.floor(from));
    while (line < last && !this.disposed) {
      const start = this.index.start(line);
      let end = line + 1;
      while (end < last && this.index.end(end) - start <= rowsBytes) end += 1;
      const short = this.index.end(end - 1) - start <= rowsBytes;
      const bytes = short ? await this.contents.read(start, this.index.end(end - 1)) : undefined;
      for (; line < end; line++) {
        const to = this.index.end(line);
        rows.push(
          bytes
            ? this.row(line, bytes.subarray(this.index.start(line) - start, to - start), to)
            : await this.longRow(line, to),
        );
      }
    }
    return rows;
  }

  errorLines(): ReadonlyMap<number, Uint32List> {
    return new Map([[this.node, this.index.errors]]);
  }

  async *bytes(from: number, count: number): AsyncIterable<Uint8Array> {
    const last = Math.min(this.index.count, from + count) - 1;
    if (last < from) return;
    const end = this.index.end(last) + (last < this.index.whole ? 1 : 0);
    for (let at = this.index.start(from); at < end;) {
      const piece = await this.contents.read(at, Math.min(end, at + rowsBytes));
      if (piece.length === 0) return;
      at += piece.length;
      yield piece;
    }
  }

  /** The first `most` bytes of a line, without its newline. */
  async lineBytes(line: number, most: number): Promise<Uint8Array> {
    const start = this.index.start(line);
    return this.contents.read(start, Math.min(this.index.end(line), start + most));
  }

  private row(number: number, bytes: Uint8Array, end: number, more = false): LogLine {
    const { text, truncated } = rowText(bytes);
    // A whole line was there when its newline was.
    const t = this.marks.at(number < this.index.whole ? end + 1 : end);
    return {
      number,
      node: this.node,
      text,
      truncated: truncated || more,
      telemetry: isTelemetry(this.index.classOf(number)),
      ...(t !== undefined && { t }),
    };
  }

  private async longRow(number: number, end: number): Promise<LogLine> {
    const start = this.index.start(number);
    const tail = await this.contents.read(Math.max(start, end - longestRead), end);
    if (tail.includes(carriageReturn)) return this.row(number, tail, end);
    return this.row(
      number,
      await this.contents.read(start, Math.min(end, start + longestRow * 4)),
      end,
      true,
    );
  }

  /** What an earlier look at the log has found is not looked for again. */
  private async begin(log: LogFile, telemetry: LogFile, thread: LogThread): Promise<void> {
    const saved = await this.indexFile.load().catch(() => undefined); // Whoever asks for rows sees what is wrong.
    if (this.disposed) return;
    if (saved) this.index = saved;
    this.kept = this.index.bytes;
    const hear = (news: LogNews) => {
      this.take(news);
    };
    this.disposables.add(thread.follow(log, telemetry, this.index.bytes, hear));
  }

  /** Once nobody looks any more, and more is known than the file beside the log says. */
  private async keepIndex(): Promise<void> {
    this.disposed = true;
    if (this.index.bytes > this.kept + leastBytes) await this.indexFile.save(this.index);
    this.contents.dispose();
  }

  private take(news: LogNews): void {
    switch (news.kind) {
      case 'scan':
        this.index.append(news.scan);
        this.marks.setLatest(news.latest);
        break;
      case 'read':
        this.marks.setLatest(news.latest);
        if (this.logRead) return;
        this.logRead = true;
        break;
      case 'marks':
        news.marks.bytes.forEach((bytes, i) => {
          this.marks.add(bytes, news.marks.times[i] ?? 0);
        });
        return; // Rows get their times with the next lines, or once all marks are read.
      case 'marksRead':
        if (this.marksRead) return;
        this.marksRead = true;
        break;
      case 'setup':
        this.setup.set(news.from, news.to);
        return;
      case 'end':
        this.ended = true;
        break;
      case 'failed':
        this.failure = news.error;
        this.logRead = this.marksRead = true; // Other nodes' rows don't wait for this one.
        break;
      case 'mended':
        this.failure = undefined;
        break;
    }
    this.grew.fire();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      const subscription = this.grew.event(() => {
        subscription.dispose();
        resolve();
      });
    });
  }
}
