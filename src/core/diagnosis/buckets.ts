import type { Column } from './runHistory';

/** Width of the finest buckets in milliseconds: some samples each. Wider ones are this times a power of two. */
export const finest = 10_000;
/** With so many, a run of five hours is kept at the finest width and one of a week at 320 s. */
const most = 2048;
/** Between two samples: more means that a clock was set or a machine slept, and what was before is no part of this run. */
const longestGap = 86_400_000;

/** The means of a growing curve over equal spans of time, in bounded memory: adding a million points takes some milliseconds. */
export class Buckets {
  width = finest;
  /** Number of the first bucket, counted in widths since 1970. */
  first = 0;
  count = 0;
  private last = -Infinity;
  private sums = new Float64Array(64);
  private samples = new Uint32Array(64);

  /** `t` never decreases. */
  add(t: number, value: number): void {
    if (!Number.isFinite(value) || !(t >= this.last)) return;
    if (t - this.last > longestGap) this.restart(t);
    this.last = t;
    while (Math.floor(t / this.width) - this.first >= most) this.widen();
    const at = Math.floor(t / this.width) - this.first;
    if (at >= this.sums.length) this.grow(at + 1);
    this.sums[at] = (this.sums[at] ?? 0) + value;
    this.samples[at] = (this.samples[at] ?? 0) + 1;
    this.count = Math.max(this.count, at + 1);
  }

  /** Means on a grid whose width is this one's or wider. */
  column({ from, width, count }: Grid): Column {
    const column = new Float64Array(count).fill(NaN);
    let [at, sum, samples] = [-1, 0, 0];
    const close = () => {
      if (samples > 0 && at >= 0 && at < count) column[at] = sum / samples;
    };
    for (let i = 0; i < this.count; i++) {
      const place = Math.floor(((this.first + i) * this.width - from) / width);
      if (place !== at) {
        close();
        [at, sum, samples] = [place, 0, 0];
      }
      sum += this.sums[i] ?? 0;
      samples += this.samples[i] ?? 0;
    }
    close();
    return column;
  }

  private restart(t: number): void {
    this.width = finest;
    this.first = Math.floor(t / finest);
    this.count = 0;
    this.sums.fill(0);
    this.samples.fill(0);
  }

  /** Joins neighbours. */
  private widen(): void {
    const { sums, samples } = this;
    const shift = this.first & 1;
    this.sums = new Float64Array(sums.length);
    this.samples = new Uint32Array(sums.length);
    for (let i = 0; i < this.count; i++) {
      const at = (i + shift) >> 1;
      this.sums[at] = (this.sums[at] ?? 0) + (sums[i] ?? 0);
      this.samples[at] = (this.samples[at] ?? 0) + (samples[i] ?? 0);
    }
    this.count = this.count === 0 ? 0 : ((this.count - 1 + shift) >> 1) + 1;
    this.first = Math.floor(this.first / 2);
    this.width *= 2;
  }

  private grow(least: number): void {
    const size = Math.min(most, Math.max(least, this.sums.length * 2));
    const [sums, samples] = [new Float64Array(size), new Uint32Array(size)];
    sums.set(this.sums);
    samples.set(this.samples);
    [this.sums, this.samples] = [sums, samples];
  }
}

export interface Grid {
  readonly from: number;
  readonly width: number;
  readonly count: number;
}

/** The finest grid that holds all of them, but for those that ended long before the others: their clock was another. */
export function gridOf(all: readonly Buckets[]): Grid {
  const filled = all.filter(({ count }) => count > 0);
  const latest = Math.max(...filled.map(endOf));
  const alike = filled.filter((one) => latest - endOf(one) <= longestGap);
  if (alike.length === 0) return { from: 0, width: finest, count: 0 };
  const width = Math.max(...alike.map((one) => one.width));
  const first = Math.min(...alike.map((one) => Math.floor((one.first * one.width) / width)));
  return { from: first * width, width, count: Math.ceil(latest / width) - first };
}

function endOf({ first, count, width }: Buckets): number {
  return (first + count) * width;
}
