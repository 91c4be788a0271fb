import { longestJsonLine, parseMetricLine } from '../../core/metricLine';
import { longestTelemetryLine, parseTelemetry, type TelemetryRecord } from '../../core/telemetry';
import { TimeMarks } from '../../core/timeMarks';
import { Disposables, type Disposable } from '../../lib/disposables';
import { FileTail, follow } from '../../node/fileTail';
import type { LogFile } from '../logStore/logFile';
import { LogTimesTail } from '../logStore/logTimes';
import { longestMatched, type MetricRegexes } from './metricRegexes';
import { WholeLines } from '../logStore/wholeLines';

/** Where a node's records go, with the time that counts for each. */
export type TakeRecord = (record: TelemetryRecord, node: number, t: number) => void;

/** How far a clock may be ahead of ours before its times are taken as now, in milliseconds. */
const clockSlack = 60_000;
/** Lines that are matched before others get their turn. */
const batchLines = 2000;

/** Bytes that are parsed before others get their turn: a few milliseconds. */
const parsedBytes = 1 << 16;

const hash = 0x23;
const brace = 0x7b;

type NodeFile = Pick<LogFile, 'path' | 'over' | 'onDidChange' | 'dispose'>;

interface Candidate {
  readonly text: string;
  /** Offset behind the line. */
  readonly end: number;
}

/** Reads what one node measured: its telemetry first, so that the log's lines have their times, then both as they grow. */
export class NodeMetrics implements Disposable {
  private readonly disposables = new Disposables();
  private readonly marks = new TimeMarks();
  private readonly ownTimes: LogTimesTail;
  private readonly ownMarks = new TimeMarks();
  private readonly telemetryTail: FileTail;
  private readonly logTail: FileTail;
  /** Bytes that are taken in, and whether that was once all there is. */
  private readonly read = { telemetry: 0, log: 0, telemetryOnce: false, logOnce: false };
  private readonly history = Promise.withResolvers<undefined>();
  private latest = 0;

  constructor(
    private readonly node: number,
    private readonly files: { readonly log: NodeFile; readonly telemetry: NodeFile },
    private readonly regexes: MetricRegexes,
    private readonly now: () => number,
    private readonly take: TakeRecord,
    /** Called after each chunk and each time that all is read; reading goes on when it is done. */
    private readonly changed: () => Promise<void>,
  ) {
    const { log, telemetry } = files;
    this.telemetryTail = this.disposables.add(
      new FileTail(telemetry.path, 0, telemetry.onDidChange, parsedBytes),
    );
    this.logTail = this.disposables.add(new FileTail(log.path, 0, log.onDidChange, parsedBytes));
    this.ownTimes = this.disposables.add(new LogTimesTail(log.path));
    this.disposables.add(log);
    this.disposables.add(telemetry);
  }

  get isDisposed(): boolean {
    return this.logTail.isDisposed;
  }

  /** Ends when the job has ended and all is read, or when disposed of. */
  async run(): Promise<void> {
    const telemetry = this.readTelemetry().finally(() => {
      this.history.resolve(undefined);
    });
    await Promise.all([telemetry, this.readLog()]);
  }

  /** Where both files end now; `isRead` tells when that much is in. */
  async measure(): Promise<{ telemetry: number; log: number }> {
    return { telemetry: await this.telemetryTail.measure(), log: await this.logTail.measure() };
  }

  isRead(sizes: { telemetry: number; log: number }): boolean {
    const { telemetry, log, telemetryOnce, logOnce } = this.read;
    return telemetryOnce && logOnce && telemetry >= sizes.telemetry && log >= sizes.log;
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private async readTelemetry(): Promise<void> {
    const lines = new WholeLines(longestTelemetryLine);
    const each = (buffer: Uint8Array, from: number, to: number) => {
      const record = parseTelemetry(textOf(buffer, from, to));
      if (!record) return;
      const t = this.timeOf(record.t);
      if (record.kind === 'host' && record.logBytes !== undefined) this.marks.add(record.logBytes, t);
      if (record.kind === 'exit') this.marks.add(Infinity, t);
      this.take(record, this.node, t);
    };
    for await (const chunk of follow(this.telemetryTail, this.files.telemetry.over)) {
      if (chunk) {
        lines.push(chunk, each);
        this.read.telemetry += chunk.length;
        await this.changed();
      } else if (!this.read.telemetryOnce) {
        this.read.telemetryOnce = true;
        this.history.resolve(undefined);
      }
    }
    lines.finish(each);
    await this.changed();
  }

  private async readLog(): Promise<void> {
    await this.history.promise;
    const lines = new WholeLines(Math.max(longestJsonLine, longestTelemetryLine));
    let found: Candidate[] = [];
    const each = (buffer: Uint8Array, from: number, to: number, end: number) => {
      const first = buffer[from];
      if (first === hash || first === brace || (this.regexes.active && to - from <= longestMatched)) {
        found.push({ text: textOf(buffer, from, to), end });
      }
    };
    const takeFound = async () => {
      const all = found;
      found = [];
      for (let from = 0; from < all.length; from += batchLines) {
        if (from > 0) await new Promise(setImmediate);
        this.takeLines(all.slice(from, from + batchLines));
      }
    };
    for await (const chunk of follow(this.logTail, this.files.log.over)) {
      this.readTimes();
      if (chunk) {
        lines.push(chunk, each);
        await takeFound();
        this.read.log += chunk.length;
        await this.changed();
      } else if (!this.read.logOnce) {
        this.read.logOnce = true;
        await this.changed();
      }
    }
    lines.finish(each);
    await takeFound();
    await this.changed();
  }

  private readTimes(): void {
    const { size, modifiedAt } = this.logTail;
    const added = this.ownTimes.next(size);
    added?.bytes.forEach((bytes, i) => {
      this.ownMarks.add(bytes, added.times[i] ?? 0);
    });
    this.marks.setLatest({ bytes: size, t: modifiedAt });
  }

  private takeLines(lines: readonly Candidate[]): void {
    const matchable: { text: string; t: number; named: ReadonlySet<string> }[] = [];
    const marks = this.ownTimes.there ? this.ownMarks : this.marks;
    for (const { text, end } of lines) {
      const telemetry = parseTelemetry(text);
      const record = telemetry ?? parseMetricLine(text);
      const t = this.timeOf(telemetry?.t ?? marks.at(end));
      if (record) this.take(record, this.node, t);
      if (telemetry) continue;
      const named = new Set(record?.kind === 'metric' ? record.metrics.map(([name]) => name) : []);
      matchable.push({ text, t, named });
    }
    if (!this.regexes.active) return;
    this.regexes.match(
      matchable.map(({ text }) => text),
      (name, value, line) => {
        const source = matchable[line];
        if (!source || source.named.has(name)) return;
        this.take({ kind: 'metric', metrics: [[name, value]] }, this.node, source.t);
      },
    );
  }

  /** A record without a time came at the time of the one before it; one from the future came now. */
  private timeOf(t: number | undefined): number {
    if (t === undefined) return this.latest || this.now();
    this.latest = t > this.now() + clockSlack ? this.now() : t;
    return this.latest;
  }
}

function textOf(buffer: Uint8Array, from: number, to: number): string {
  return Buffer.from(buffer.buffer, buffer.byteOffset + from, to - from).toString();
}
