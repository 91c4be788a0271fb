import { isTelemetry, largestRank, levelOf, lineTest, rankOf } from '../../core/lineClass';
import type { LineClass, LineFilter, LogLevel } from '../../core/lineClass';
import { Uint32List } from '../../lib/uint32List';
import type { LineScan } from './lineScanner';

const blockBits = 16;
const blockLines = 1 << blockBits;
/** Lines of an error that are remembered by their numbers, for the marks beside the scroll bar. */
const mostErrors = 100_000;

/** What a block of lines knows: offsets of their newlines, less `base`, and their classes. */
interface Block {
  readonly base: number;
  /** Doubles where the block spans more than 4 GB. */
  offsets: Uint32Array | Float64Array;
  classes: Uint16Array;
}

/** What of an index can be kept: its whole lines. */
export interface IndexSnapshot {
  /** Of the log, up to the end of its last whole line. */
  readonly bytes: number;
  readonly lines: number;
  readonly ranks: readonly number[];
  readonly levels: readonly (readonly [LogLevel, number])[];
  readonly blocks: readonly Readonly<Block>[];
  readonly errors: Uint32Array;
}

/**
 * Where the lines of a growing file begin and end and what they are, 6 bytes a line. A last line without its newline
 * counts once it has a byte.
 */
export class LineIndex {
  /** Numbers of the lines with an error, as many as are remembered. */
  readonly errors: Uint32List;
  private readonly blocks: Block[];
  private readonly seenRanks: Set<number>;
  private readonly levels: Map<LogLevel, number>;
  private newlines = 0;
  private size = 0;
  private torn: LineClass = 0;

  constructor(from?: IndexSnapshot) {
    this.errors = new Uint32List(from?.errors);
    this.blocks = from?.blocks.map((block) => ({ ...block })) ?? [];
    this.seenRanks = new Set(from?.ranks);
    this.levels = new Map(from?.levels);
    this.newlines = from?.lines ?? 0;
    this.size = from?.bytes ?? 0;
  }

  /** Shares its memory with the index, which only adds to it. */
  snapshot(): IndexSnapshot {
    return {
      bytes: this.end(this.newlines - 1) + 1,
      lines: this.newlines,
      ranks: this.ranks,
      levels: [...this.levels],
      blocks: this.blocks.map((block) => ({ ...block })),
      errors: this.errors.toArray(),
    };
  }

  /** Bytes seen so far. */
  get bytes(): number {
    return this.size;
  }

  get count(): number {
    return this.newlines + (this.size > this.end(this.newlines - 1) + 1 ? 1 : 0);
  }

  /** Lines that have their newline. */
  get whole(): number {
    return this.newlines;
  }

  /** Ranks that lines named, in order. */
  get ranks(): readonly number[] {
    return [...this.seenRanks].sort((a, b) => a - b);
  }

  /** How many whole lines have this level. */
  levelCount(level: LogLevel): number {
    return this.levels.get(level) ?? 0;
  }

  append({ bytes, newlines, classes, torn }: LineScan): void {
    for (let i = 0; i < newlines.length; i++) this.push(this.size + (newlines[i] ?? 0), classes[i] ?? 0);
    this.size += bytes;
    this.torn = torn;
  }

  start(line: number): number {
    return this.end(line - 1) + 1;
  }

  /** Offset of the line's newline; of a torn last line, where the bytes end now; -1 before the first. */
  end(line: number): number {
    if (line < 0) return -1;
    if (line >= this.newlines) return this.size;
    const block = this.blocks[line >>> blockBits];
    return (block?.base ?? 0) + (block?.offsets[line & (blockLines - 1)] ?? 0);
  }

  classOf(line: number): LineClass {
    if (line >= this.newlines) return this.torn;
    return this.blocks[line >>> blockBits]?.classes[line & (blockLines - 1)] ?? 0;
  }

  /** Calls `each` with the runs of lines from `from` to `to` that `filter` lets through. */
  select(filter: LineFilter, from: number, to: number, each: (first: number, count: number) => void): void {
    const passes = lineTest(filter);
    let first = -1;
    for (let line = from; line < to; line++) {
      if (passes(this.classOf(line))) {
        if (first < 0) first = line;
      } else if (first >= 0) {
        each(first, line - first);
        first = -1;
      }
    }
    if (first >= 0) each(first, to - first);
  }

  /** How many lines end, newline included, within the first `bytes` bytes. */
  linesWithin(bytes: number): number {
    let low = 0;
    let high = this.newlines;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.end(middle) < bytes) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private push(offset: number, word: LineClass): void {
    const slot = this.newlines & (blockLines - 1);
    let block = this.blocks[this.newlines >>> blockBits];
    if (!block) {
      const room = this.newlines === 0 ? 256 : blockLines;
      block = { base: offset, offsets: new Uint32Array(room), classes: new Uint16Array(room) };
      this.blocks.push(block);
    }
    if (slot >= block.offsets.length) grow(block);
    if (offset - block.base > 0xffffffff && block.offsets instanceof Uint32Array)
      block.offsets = Float64Array.from(block.offsets);
    block.offsets[slot] = offset - block.base;
    block.classes[slot] = word;
    if (word !== 0) this.remember(word);
    this.newlines += 1;
  }

  private remember(word: LineClass): void {
    if (isTelemetry(word)) return;
    const level = levelOf(word);
    this.levels.set(level, (this.levels.get(level) ?? 0) + 1);
    if (level === 'error' && this.errors.length < mostErrors) this.errors.push(this.newlines);
    const rank = rankOf(word);
    if (rank !== undefined && this.seenRanks.size <= largestRank) this.seenRanks.add(rank);
  }
}

function grow(block: Block): void {
  const { offsets, classes } = block;
  const room = offsets.length * 4;
  block.offsets = offsets instanceof Uint32Array ? new Uint32Array(room) : new Float64Array(room);
  block.offsets.set(offsets);
  block.classes = new Uint16Array(room);
  block.classes.set(classes);
}
