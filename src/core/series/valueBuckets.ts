import type { NumberColumn } from './numberColumn';

/** What a stretch of values holds: the indexes of its first lowest and first highest number, -1 where it has none. */
export interface Extent {
  low: number;
  high: number;
  /** The numbers there. */
  lowest: number;
  highest: number;
  /** Of all its numbers. */
  sum: number;
  count: number;
}

/** Values of a bucket of the lowest level, and buckets of one level in one of the next. */
const baseBits = 4;
const factorBits = 3;
const base = 1 << baseBits;
const factor = 1 << factorBits;

/** Extents of complete buckets of one size. Columns, as there are millions. */
interface Level {
  /** A bucket holds two to the power of this many values. */
  readonly bits: number;
  length: number;
  low: Uint32Array;
  high: Uint32Array;
  /** Beside where they are, so that comparing needs no look into the far-away values. */
  lowest: Float64Array;
  highest: Float64Array;
  sum: Float64Array;
  count: Uint32Array;
}

/**
 * Extents of a growing column of values, in buckets of 16, 128, 1,024 … values, so that the lowest and highest of any
 * stretch are found by looking at a few dozen of them. A value costs a constant on average, and about two bytes. NaN is
 * no number and in no extent.
 */
export class ValueBuckets {
  private readonly levels: Level[] = [];

  /** To be told after each value that was added to `values`. */
  grow(values: NumberColumn): void {
    const { length } = values;
    if (length % base !== 0) return;
    const at = emptyExtent();
    for (let i = length - base; i < length; i++) takeValue(at, values, i);
    this.push(0, at);
    for (let level = 0; ; level++) {
      const lower = this.levels[level];
      if (!lower || lower.length % factor !== 0) return;
      const sum = emptyExtent();
      for (let i = lower.length - factor; i < lower.length; i++) takeBucket(sum, lower, i);
      this.push(level + 1, sum);
    }
  }

  /** Forgets what lies behind the first `length` values. */
  truncate(length: number): void {
    for (const level of this.levels) level.length = Math.min(level.length, length >>> level.bits);
  }

  copy(): ValueBuckets {
    const copy = new ValueBuckets();
    for (const level of this.levels) copy.levels.push(resized(level, level.low.length));
    return copy;
  }

  /** The extent of the values from `from` up to but without `to`, put into `into`. */
  extent(values: NumberColumn, from: number, to: number, into: Extent): Extent {
    Object.assign(into, nothing);
    for (let at = from; at < to;) {
      const level = to - at >= base && (at & (base - 1)) === 0 ? this.largestAt(at, to) : undefined;
      if (level) {
        takeBucket(into, level, at >>> level.bits);
        at += 1 << level.bits;
      } else takeValue(into, values, at++);
    }
    return into;
  }

  /** The level of the largest bucket that begins at `at` and ends at or before `to`. */
  private largestAt(at: number, to: number): Level | undefined {
    const evenness = at === 0 ? 31 : 31 - Math.clz32(at & -at);
    const room = 31 - Math.clz32(to - at);
    for (let index = ((Math.min(evenness, room) - baseBits) / factorBits) | 0; index >= 0; index--) {
      const level = this.levels[index];
      if (level && at >>> level.bits < level.length) return level;
    }
    return undefined;
  }

  private push(index: number, { low, high, lowest, highest, sum, count }: Extent): void {
    let level = (this.levels[index] ??= newLevel(baseBits + index * factorBits));
    if (level.length === level.low.length) level = this.levels[index] = resized(level, level.length * 2);
    level.lowest[level.length] = lowest;
    level.highest[level.length] = highest;
    // Where there is no number, `count` says it.
    level.low[level.length] = Math.max(0, low);
    level.high[level.length] = Math.max(0, high);
    level.sum[level.length] = sum;
    level.count[level.length] = count;
    level.length++;
  }
}

const nothing: Extent = { low: -1, high: -1, lowest: NaN, highest: NaN, sum: 0, count: 0 };

export function emptyExtent(): Extent {
  return { ...nothing };
}

function takeValue(into: Extent, values: NumberColumn, index: number): void {
  const value = values.at(index);
  if (Number.isNaN(value)) return;
  // Also true of the first number, which is compared with NaN.
  if (!(value >= into.lowest)) {
    into.low = index;
    into.lowest = value;
  }
  if (!(value <= into.highest)) {
    into.high = index;
    into.highest = value;
  }
  into.sum += value;
  into.count++;
}

function takeBucket(into: Extent, level: Level, index: number): void {
  const count = level.count[index] ?? 0;
  if (count === 0) return;
  const lowest = level.lowest[index] ?? NaN;
  const highest = level.highest[index] ?? NaN;
  if (!(lowest >= into.lowest)) {
    into.low = level.low[index] ?? 0;
    into.lowest = lowest;
  }
  if (!(highest <= into.highest)) {
    into.high = level.high[index] ?? 0;
    into.highest = highest;
  }
  into.sum += level.sum[index] ?? 0;
  into.count += count;
}

function newLevel(bits: number): Level {
  const whole = () => new Uint32Array(4);
  const real = () => new Float64Array(4);
  const columns = {
    low: whole(),
    high: whole(),
    lowest: real(),
    highest: real(),
    sum: real(),
    count: whole(),
  };
  return { bits, length: 0, ...columns };
}

/** A copy with room for `room` buckets. */
function resized(level: Level, room: number): Level {
  const whole = (column: Uint32Array) => {
    const copy = new Uint32Array(room);
    copy.set(column);
    return copy;
  };
  const real = (column: Float64Array) => {
    const copy = new Float64Array(room);
    copy.set(column);
    return copy;
  };
  return {
    bits: level.bits,
    length: level.length,
    low: whole(level.low),
    high: whole(level.high),
    lowest: real(level.lowest),
    highest: real(level.highest),
    sum: real(level.sum),
    count: whole(level.count),
  };
}
