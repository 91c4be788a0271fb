import { asError } from '../../core/errors';
import { longestTelemetryLine, parseTelemetry } from '../../core/telemetry';
import { Disposables, type Disposable } from '../../lib/disposables';
import { FileTail, follow } from '../../node/fileTail';
import { LineScanner } from './lineScanner';
import type { LogFile } from './logFile';
import type { LogNews } from './logNews';
import { LogTimesTail } from './logTimes';
import { WholeLines } from './wholeLines';

/** Bytes of one read. */
const chunkBytes = 1 << 20;

type Tell = (news: LogNews, transfer: readonly ArrayBuffer[]) => void;

/**
 * Follows one node's log and its time marks, which are the platform's own where the copy has those, else the telemetry's, and tells what it
 * finds. For a thread of its own.
 */
export class LogFollower implements Disposable {
  private readonly disposables = new Disposables();
  private readonly scanner = new LineScanner();
  private readonly tail: FileTail;
  /** Bytes of the log at the end of the last phase. */
  private phaseEnd = 0;
  private readonly ownTimes: LogTimesTail;
  private bytes: number[] = [];
  private times: number[] = [];

  constructor(
    private readonly log: Omit<LogFile, 'copied'>,
    private readonly telemetry: Omit<LogFile, 'copied'>,
    from: number,
    private readonly tell: Tell,
  ) {
    this.disposables.add(log);
    this.disposables.add(telemetry);
    this.ownTimes = this.disposables.add(new LogTimesTail(log.path));
    this.tail = this.disposables.add(new FileTail(log.path, from, log.onDidChange, chunkBytes));
    void this.run(this.readLog());
    void this.run(this.readMarks());
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private async readLog(): Promise<void> {
    for await (const chunk of follow(this.tail, this.log.over)) {
      this.tellTimes();
      const { size, modifiedAt } = this.tail;
      const latest = this.ownTimes.there ? {} : { latest: { bytes: size, t: modifiedAt } };
      if (chunk) {
        const scan = this.scanner.push(chunk);
        const transfer = [scan.newlines.buffer, scan.classes.buffer];
        this.tell({ kind: 'scan', scan, ...latest }, transfer);
      } else this.tell({ kind: 'read', ...latest }, []);
    }
    this.tell({ kind: 'end' }, []);
  }

  private async readMarks(): Promise<void> {
    const { path, onDidChange, over } = this.telemetry;
    const tail = this.disposables.add(new FileTail(path, 0, onDidChange));
    const lines = new WholeLines(longestTelemetryLine);
    const each = (buffer: Uint8Array, from: number, to: number) => {
      this.take(Buffer.from(buffer.buffer, buffer.byteOffset + from, to - from));
    };
    for await (const chunk of follow(tail, over)) {
      if (chunk) lines.push(chunk, each);
      else this.tell({ kind: 'marksRead' }, []);
      this.tellMarks();
    }
  }

  private take(line: Buffer): void {
    if (!line.includes('"logBytes"') && !line.includes('"exit"') && !line.includes('"setup"')) return;
    const record = parseTelemetry(line.toString());
    if (record?.kind === 'host' || record?.kind === 'phase') this.mark(record.logBytes, record.t);
    if (record?.kind === 'exit') this.mark(Infinity, record.t);
    if (record?.kind !== 'phase') return;
    if (record.phase === 'setup' && record.state !== undefined) {
      const to = record.state === 'end' ? (record.logBytes ?? this.phaseEnd) : null;
      this.tell({ kind: 'setup', from: this.phaseEnd, to }, []);
    }
    if (record.state === 'end') this.phaseEnd = record.logBytes ?? this.phaseEnd;
  }

  private mark(bytes: number | undefined, t: number | undefined): void {
    if (bytes === undefined || t === undefined) return;
    this.bytes.push(bytes);
    this.times.push(t);
  }

  /** The times of bytes are there before they are. */
  private tellTimes(): void {
    const marks = this.ownTimes.next(this.tail.size);
    if (marks) this.tell({ kind: 'marks', marks }, [marks.bytes.buffer, marks.times.buffer]);
    else this.tellMarks();
  }

  /** Which marks count is known once the log has a byte. */
  private tellMarks(): void {
    if (this.ownTimes.there !== false || this.bytes.length === 0) return;
    const marks = { bytes: Float64Array.from(this.bytes), times: Float64Array.from(this.times) };
    this.bytes = [];
    this.times = [];
    this.tell({ kind: 'marks', marks }, [marks.bytes.buffer, marks.times.buffer]);
  }

  private async run(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!this.tail.isDisposed) this.tell({ kind: 'failed', error: asError(error) }, []);
    }
  }
}
