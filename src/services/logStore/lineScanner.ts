import { lineClass, largestRank, logLevels, type LineClass } from '../../core/lineClass';
import { lastRewrite } from '../../core/logLine';
import { longestTelemetryLine, parseTelemetry, telemetryPrefix } from '../../core/telemetry';
import { LevelReader } from './lineLevel';

/** What a chunk adds to a log's index. Arrays have memory of their own, to be handed to another thread. */
export interface LineScan {
  /** Length of the chunk. */
  readonly bytes: number;
  /** Offsets of its newlines in the chunk. */
  readonly newlines: Uint32Array<ArrayBuffer>;
  /** `LineClass` of each line that these end. */
  readonly classes: Uint16Array<ArrayBuffer>;
  /** Of the last line as far as it is there; what may become a telemetry line counts as one. */
  readonly torn: LineClass;
}

const newline = 0x0a;
const carriageReturn = 0x0d;
const bracket = 0x5b;
const prefix = Buffer.from(telemetryPrefix);
const error = logLevels.indexOf('error');
const warning = logLevels.indexOf('warning');
/** Of a line that is torn over chunks, so much of its beginning and of its end is kept to tell what it is. */
const keptOfTorn = 1 << 15;

/** Reads a log's bytes once, from its start, and tells where lines end and what they are. Chunks may be cut anywhere. */
export class LineScanner {
  private torn: Uint8Array = new Uint8Array(0);
  /** By rank + 1: the level that the next indented lines have, and whether a traceback is under way. */
  private readonly above = new Uint8Array(largestRank + 2);
  private readonly inTraceback = new Uint8Array(largestRank + 2);

  push(chunk: Uint8Array): LineScan {
    // Copied where it does not begin at a multiple of four, as `LevelReader` needs it; files give chunks that do.
    const bytes = chunk.byteOffset % 4 === 0 ? chunk : chunk.slice();
    const levels = new LevelReader(bytes);
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const rewrites = buffer.includes(carriageReturn);
    const scan = new GrowingScan(bytes.length >> 6);
    let from = 0;
    for (let at = buffer.indexOf(newline); at >= 0; at = buffer.indexOf(newline, from)) {
      const isTorn = from === 0 && this.torn.length > 0;
      scan.add(
        at,
        isTorn ? this.classOfTorn(bytes.subarray(0, at)) : this.classOf(bytes, from, at, levels, rewrites),
      );
      from = at + 1;
    }
    if (from > 0) this.torn = new Uint8Array(0);
    this.torn = joined(this.torn, bytes.subarray(from));
    return { bytes: bytes.length, ...scan.exact(), torn: this.tornClass() };
  }

  private classOfTorn(end: Uint8Array): LineClass {
    const line = joined(this.torn, end);
    return this.classOf(line, 0, line.length, new LevelReader(line), true);
  }

  private classOf(
    bytes: Uint8Array,
    lineStart: number,
    lineEnd: number,
    levels: LevelReader,
    rewrites: boolean,
  ): LineClass {
    let [from, to] = [lineStart, lineEnd];
    if (rewrites) {
      const shown = lastRewrite(bytes.subarray(from, to));
      from = shown.byteOffset - bytes.byteOffset;
      to = from + shown.length;
    }
    const first = bytes[from];
    if (first === prefix[0] && isTelemetryLine(bytes, from, to)) return lineClass(true, 0, undefined);
    const { rank, start } = first === bracket ? prefixOf(bytes, from, to) : { rank: undefined, start: from };
    return lineClass(false, this.levelOf(bytes, start, to, levels, rank), rank);
  }

  /** Also of lines that belong to the one above: those of a traceback, and indented ones below an error or a warning. */
  private levelOf(
    bytes: Uint8Array,
    from: number,
    to: number,
    levels: LevelReader,
    rank: number | undefined,
  ): number {
    const source = rank === undefined || rank > largestRank ? 0 : rank + 1;
    const first = bytes[from];
    if (first === 0x20 || first === 0x09) return (this.above[source] ?? 0) || levels.levelOf(from, to);
    if (from === to) return 0;
    // The line behind a traceback's frames is its error, whatever its name.
    const ends = this.inTraceback[source] === 1;
    const level = ends ? error : levels.levelOf(from, to);
    this.inTraceback[source] = !ends && level === error && isTraceback(bytes, from, to) ? 1 : 0;
    this.above[source] = level >= warning ? level : 0;
    return level;
  }

  /** Looking must not change what the lines below it will be, so a torn line is judged by itself. */
  private tornClass(): LineClass {
    if (this.torn.length === 0) return 0;
    const line = lastRewrite(this.torn).slice();
    if (maybeTelemetry(line)) return lineClass(true, 0, undefined);
    const { rank, start } = prefixOf(line, 0, line.length);
    return lineClass(false, new LevelReader(line).levelOf(start, line.length), rank);
  }
}

class GrowingScan {
  private newlines: Uint32Array<ArrayBuffer>;
  private classes: Uint16Array<ArrayBuffer>;
  private count = 0;

  constructor(expected: number) {
    this.newlines = new Uint32Array(expected + 16);
    this.classes = new Uint16Array(expected + 16);
  }

  add(at: number, word: LineClass): void {
    if (this.count === this.newlines.length) {
      const [newlines, classes] = [new Uint32Array(this.count * 4), new Uint16Array(this.count * 4)];
      newlines.set(this.newlines);
      classes.set(this.classes);
      [this.newlines, this.classes] = [newlines, classes];
    }
    this.newlines[this.count] = at;
    this.classes[this.count] = word;
    this.count += 1;
  }

  exact(): Pick<LineScan, 'newlines' | 'classes'> {
    return { newlines: this.newlines.slice(0, this.count), classes: this.classes.slice(0, this.count) };
  }
}

/** A torn line with what follows it, in memory of its own; of a very long one only its beginning and its end. */
function joined(torn: Uint8Array, more: Uint8Array): Uint8Array {
  // A `Buffer` may lie anywhere in memory that it shares, and its `slice` is no copy.
  if (torn.length + more.length <= 2 * keptOfTorn) return new Uint8Array(Buffer.concat([torn, more]));
  const start = torn.length >= keptOfTorn ? torn : Buffer.concat([torn, more.subarray(0, keptOfTorn)]);
  const end = more.length >= keptOfTorn ? more : Buffer.concat([torn.subarray(-keptOfTorn), more]);
  const all = new Uint8Array(2 * keptOfTorn);
  all.set(start.subarray(0, keptOfTorn));
  all.set(end.subarray(-keptOfTorn), keptOfTorn);
  return all;
}

/** The ranks that PyTorch (`[rank1]:`) and torchrun (`[default1]:`) put before a line, and where the line itself begins. */
function prefixOf(bytes: Uint8Array, from: number, to: number): { rank: number | undefined; start: number } {
  const { buffer, byteOffset } = bytes;
  const head = Buffer.from(buffer, byteOffset + from, Math.min(40, to - from)).toString('latin1');
  const match = /^(?:\[default(\d{1,6})\]: ?)?(?:\[rank(\d{1,6})\]: ?)?/.exec(head);
  const rank = match?.[2] ?? match?.[1];
  return { rank: rank === undefined ? undefined : Number(rank), start: from + (match?.[0].length ?? 0) };
}

function isTelemetryLine(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < prefix.length || to - from > longestTelemetryLine * 3) return false;
  if (!prefix.every((byte, at) => bytes[from + at] === byte)) return false;
  const { buffer, byteOffset } = bytes;
  return parseTelemetry(Buffer.from(buffer, byteOffset + from, to - from).toString()) !== undefined;
}

function maybeTelemetry(line: Uint8Array): boolean {
  return line.length > 0 && prefix.every((byte, at) => at >= line.length || line[at] === byte);
}

/** Of a line that is an error: whether frames follow it. */
function isTraceback(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from >= 33 && bytes[from] === 0x54 && bytes[from + 10] === 0x28; // `Traceback (`
}
