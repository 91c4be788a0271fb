/**
 * When a log's bytes were there: marks of "at `t` the log held `bytes`". A byte's time is that of the first mark which
 * covers it, so it is never earlier than the truth and later by at most one interval between marks.
 */
export class TimeMarks {
  private readonly sizes: number[] = [];
  private readonly times: number[] = [];
  private latest: { readonly bytes: number; readonly t: number } | undefined;

  /** In the order in which they were made; one that goes back in size is not believed. `Infinity` closes the log. */
  add(bytes: number, t: number): void {
    const last = this.sizes.at(-1) ?? 0;
    if (bytes <= last) return;
    this.sizes.push(bytes);
    this.times.push(Math.max(t, this.times.at(-1) ?? 0));
  }

  /** What is known beyond the last mark, such as the file's time of change. Replaces the one before. */
  setLatest(latest: { readonly bytes: number; readonly t: number } | undefined): void {
    this.latest = latest;
  }

  /** Unix milliseconds by which the first `bytes` bytes were there. */
  at(bytes: number): number | undefined {
    const marked = this.times[firstAtLeast(this.sizes, bytes)];
    // The file's own time is sharper than a later mark where it covers the byte as well.
    const latest = this.latest && this.latest.bytes >= bytes ? this.latest.t : undefined;
    if (marked === undefined) return latest;
    return latest === undefined ? marked : Math.min(marked, latest);
  }

  /** How many bytes were there before `t`, as far as marks tell; the lines behind them were written at `t` or later. */
  before(t: number): number {
    const marked = this.sizes[firstAtLeast(this.times, t) - 1] ?? 0;
    return this.latest && this.latest.t < t ? Math.max(marked, this.latest.bytes) : marked;
  }

  /** The mark at `index`, in order of size and time. */
  mark(index: number): { readonly bytes: number; readonly t: number } | undefined {
    const bytes = this.sizes[index];
    const t = this.times[index];
    return bytes === undefined || t === undefined ? undefined : { bytes, t };
  }
}

/** Of growing values, the index of the first that is at least `value`. */
function firstAtLeast(values: readonly number[], value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
