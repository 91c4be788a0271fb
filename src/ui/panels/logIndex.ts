/** Places `first` to `first + count - 1` of a log, shown one below the other. */
export interface PlaceRun {
  readonly first: number;
  readonly count: number;
}

/**
 * Which line of a log stands in which row of the list when some lines are left out. Runs of lines rather than lines: a
 * log of which nothing is left out is one run, and each gap costs eight bytes.
 */
export class LogIndex {
  /** Place of each run's first line in the log. */
  private readonly first = new Column();
  /** Its row in the list. */
  private readonly start = new Column();
  private total = 0;

  get rows(): number {
    return this.total;
  }

  /** Shows `count` more lines, from `first` on; places must grow. */
  append(first: number, count: number): void {
    if (count <= 0) return;
    const last = this.first.length - 1;
    if (last < 0 || this.first.at(last) + this.length(last) !== first) {
      this.first.push(first);
      this.start.push(this.total);
    }
    this.total += count;
  }

  /** The runs that fill `count` rows from `from`; fewer where the list ends. */
  runs(from: number, count: number): readonly PlaceRun[] {
    const result: PlaceRun[] = [];
    const end = Math.min(this.total, from + count);
    if (from >= end) return result;
    for (let run = this.start.lastAtMost(from), row = from; row < end; run++) {
      const skip = row - this.start.at(run);
      const taken = Math.min(this.length(run) - skip, end - row);
      result.push({ first: this.first.at(run) + skip, count: taken });
      row += taken;
    }
    return result;
  }

  /** The row of the line at `place`, or of the next one that is shown, or of the last. */
  rowOf(place: number): number {
    if (this.total === 0) return 0;
    const run = this.first.lastAtMost(place);
    if (run < 0) return 0;
    const offset = place - this.first.at(run);
    return Math.min(this.start.at(run) + Math.min(offset, this.length(run)), this.total - 1);
  }

  private length(run: number): number {
    const next = run + 1 < this.start.length ? this.start.at(run + 1) : this.total;
    return next - this.start.at(run);
  }
}

/** A list of growing whole numbers below 2^32, four bytes each. */
class Column {
  private values = new Uint32Array(16);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Uint32Array(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  at(index: number): number {
    return this.values[index] ?? 0;
  }

  /** Index of the last value that is at most `value`, -1 when there is none. */
  lastAtMost(value: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle) <= value) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
