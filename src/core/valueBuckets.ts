import type { NumberColumn } from './numberColumn';

/** What a stretch of values holds: the indexes of its first lowest and first highest number, -1 where it has none. */
export interface Extent {
  low: number;
  high: number;
  /** Of its numbers. */
  sum: number;
  count: number;
}

/** Values of a bucket of the lowest level, and buckets of one level in one of the next. */
const base = 16;
const factor = 8;
const none = 0xffffffff;

/** Extents of complete buckets of one size. Columns, as there are millions. */
interface Level {
  readonly size: number;
  length: number;
  low: Uint32Array;
  high: Uint32Array;
  sum: Float64Array;
  count: Uint32Array;
}

/**
 * Extents of a growing column of values, in buckets of 16, 128, 1,024 … values, so that the lowest and highest of any
 * stretch are found by looking at a few dozen of them. A value costs a constant on average, and less than a byte. NaN is
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
      for (let i = lower.length - factor; i < lower.length; i++) takeBucket(sum, values, lower, i);
      this.push(level + 1, sum);
    }
  }

  /** Forgets what lies behind the first `length` values. */
  truncate(length: number): void {
    for (const level of this.levels) level.length = Math.min(level.length, Math.floor(length / level.size));
  }

  copy(): ValueBuckets {
    const copy = new ValueBuckets();
    for (const level of this.levels) {
      const { size, length, low, high, sum, count } = level;
      const columns = { low: low.slice(), high: high.slice(), sum: sum.slice(), count: count.slice() };
      copy.levels.push({ size, length, ...columns });
    }
    return copy;
  }

  /** The extent of the values from `from` up to but without `to`, put into `into`. */
  extent(values: NumberColumn, from: number, to: number, into: Extent): Extent {
    into.low = -1;
    into.high = -1;
    into.sum = 0;
    into.count = 0;
    for (let at = from; at < to;) {
      const level = this.largestAt(at, to);
      if (level) {
        takeBucket(into, values, level, at / level.size);
        at += level.size;
      } else takeValue(into, values, at++);
    }
    return into;
  }

  /** The largest bucket that begins at `at` and ends at or before `to`. */
  private largestAt(at: number, to: number): Level | undefined {
    let found: Level | undefined;
    for (const level of this.levels) {
      const { size, length } = level;
      if (at % size !== 0 || at + size > to || at / size >= length) break;
      found = level;
    }
    return found;
  }

  private push(index: number, { low, high, sum, count }: Extent): void {
    const level = (this.levels[index] ??= newLevel(base * factor ** index));
    if (level.length === level.low.length) grow(level);
    level.low[level.length] = low < 0 ? none : low;
    level.high[level.length] = high < 0 ? none : high;
    level.sum[level.length] = sum;
    level.count[level.length] = count;
    level.length++;
  }
}

export function emptyExtent(): Extent {
  return { low: -1, high: -1, sum: 0, count: 0 };
}

function takeValue(into: Extent, values: NumberColumn, index: number): void {
  const value = values.at(index);
  if (Number.isNaN(value)) return;
  if (into.low < 0 || value < values.at(into.low)) into.low = index;
  if (into.high < 0 || value > values.at(into.high)) into.high = index;
  into.sum += value;
  into.count++;
}

function takeBucket(into: Extent, values: NumberColumn, level: Level, index: number): void {
  const low = level.low[index] ?? none;
  const high = level.high[index] ?? none;
  if (low === none) return;
  if (into.low < 0 || values.at(low) < values.at(into.low)) into.low = low;
  if (into.high < 0 || values.at(high) > values.at(into.high)) into.high = high;
  into.sum += level.sum[index] ?? 0;
  into.count += level.count[index] ?? 0;
}

function newLevel(size: number): Level {
  const low = new Uint32Array(4);
  return { size, length: 0, low, high: low.slice(), count: low.slice(), sum: new Float64Array(4) };
}

function grow(level: Level): void {
  const length = level.length * 2;
  const larger = (column: Uint32Array) => {
    const copy = new Uint32Array(length);
    copy.set(column);
    return copy;
  };
  level.low = larger(level.low);
  level.high = larger(level.high);
  level.count = larger(level.count);
  const sum = new Float64Array(length);
  sum.set(level.sum);
  level.sum = sum;
}
