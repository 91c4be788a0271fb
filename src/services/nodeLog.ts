import { longestRow, rowText, type LogLine } from '../core/logLine';
import { longestTelemetryLine, parseTelemetry, telemetryPrefix } from '../core/telemetry';
import { TimeMarks } from '../core/timeMarks';
import { Disposables, type Disposable } from '../lib/disposables';
import { Emitter } from '../lib/event';
import { FileTail, follow } from '../node/fileTail';
import { LineIndex } from './lineIndex';
import type { LogFile } from './logFile';
import { WholeLines } from './wholeLines';

/** Of a longer line only the last part is searched for a `\r`, and otherwise only its beginning is read. */
const longestRead = 1 << 16;
/** Rows are read in pieces of at most this many bytes. */
const rowsBytes = 1 << 20;

/**
 * One node's log while somebody looks at it: its bytes stay in the file, the newline index grows with it, and strings
 * are made only of the rows that are asked for.
 */
export class NodeLog implements Disposable {
  readonly file: string;
  readonly index = new LineIndex();
  readonly marks = new TimeMarks();
  ended = false;
  private failure: { error: unknown } | undefined;
  private logRead = false;
  private marksRead = false;
  private readonly disposables = new Disposables();
  private readonly grew = this.disposables.add(new Emitter<void>());
  private readonly tail: FileTail;

  readonly onDidGrow = this.grew.event;

  constructor(
    private readonly node: number,
    log: LogFile,
    telemetry: LogFile,
  ) {
    this.file = log.path;
    this.disposables.add(log);
    this.disposables.add(telemetry);
    this.tail = this.disposables.add(new FileTail(log.path, 0, log.onDidChange));
    void this.run(this.readLog(log));
    void this.run(this.readMarks(telemetry));
  }

  dispose(): void {
    this.tail.dispose();
    this.grew.fire(); // Whoever waits in `settled` sees that nothing more will come.
    this.disposables.dispose();
  }

  /** All that was there when the log was opened is indexed, and so are its time marks. */
  get caughtUp(): boolean {
    return this.logRead && this.marksRead;
  }

  /** Resolves once all that the file held at the call is indexed. */
  async settled(): Promise<void> {
    const size = await this.tail.measure();
    for (;;) {
      if (this.failure) throw this.failure.error;
      if ((this.caughtUp && this.index.bytes >= size) || this.tail.isDisposed) return;
      await this.change();
    }
  }

  async lines(from: number, count: number): Promise<LogLine[]> {
    if (this.failure) throw this.failure.error;
    const rows: LogLine[] = [];
    const last = Math.min(this.index.count, Math.max(0, from) + count);
    let line = Math.max(0, Math.floor(from));
    while (line < last && !this.tail.isDisposed) {
      const start = this.index.start(line);
      let end = line + 1;
      while (end < last && this.index.end(end) - start <= rowsBytes) end += 1;
      const bytes =
        this.index.end(end - 1) - start <= rowsBytes
          ? await this.tail.read(start, this.index.end(end - 1))
          : undefined;
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

  private row(number: number, bytes: Uint8Array, end: number, more = false): LogLine {
    const { text, truncated } = rowText(bytes);
    const t = this.marks.at(end);
    return {
      number,
      node: this.node,
      text,
      truncated: truncated || more,
      telemetry:
        text.startsWith(telemetryPrefix) &&
        parseTelemetry(rowText(bytes, longestTelemetryLine).text) !== undefined,
      ...(t !== undefined && { t }),
    };
  }

  private async longRow(number: number, end: number): Promise<LogLine> {
    const start = this.index.start(number);
    const tail = await this.tail.read(Math.max(start, end - longestRead), end);
    if (tail.includes(carriageReturn)) return this.row(number, tail, end);
    return this.row(number, await this.tail.read(start, Math.min(end, start + longestRow * 4)), end, true);
  }

  private async readLog(log: LogFile): Promise<void> {
    for await (const chunk of follow(this.tail, log.over)) {
      if (chunk) this.index.append(chunk);
      this.marks.setLatest(this.tail.size, this.tail.modifiedAt);
      if (chunk || !this.logRead) {
        this.logRead ||= !chunk;
        this.grew.fire();
      }
    }
    this.ended = log.over();
    this.grew.fire();
  }

  private async readMarks(telemetry: LogFile): Promise<void> {
    const tail = this.disposables.add(new FileTail(telemetry.path, 0, telemetry.onDidChange));
    const lines = new WholeLines(longestTelemetryLine);
    const each = (buffer: Uint8Array, from: number, to: number) => {
      const line = Buffer.from(buffer.buffer, buffer.byteOffset + from, to - from);
      if (!line.includes('"logBytes"') && !line.includes('"exit"')) return;
      const record = parseTelemetry(line.toString());
      if (record?.t === undefined) return;
      if (record.kind === 'host' && record.logBytes !== undefined) this.marks.add(record.logBytes, record.t);
      if (record.kind === 'exit') this.marks.add(Infinity, record.t);
    };
    for await (const chunk of follow(tail, telemetry.over)) {
      if (chunk) {
        lines.push(chunk, each);
      } else if (!this.marksRead) {
        this.marksRead = true;
        this.grew.fire(); // Rows that are shown already get their times.
      }
    }
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      const subscription = this.grew.event(() => {
        subscription.dispose();
        resolve();
      });
    });
  }

  /** A log that can't be read is told to those who ask for its rows. */
  private async run(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (this.tail.isDisposed) return;
      this.failure = { error };
      this.logRead = this.marksRead = true; // Other nodes' rows don't wait for this one.
      this.grew.fire();
    }
  }
}

const carriageReturn = 0x0d;
