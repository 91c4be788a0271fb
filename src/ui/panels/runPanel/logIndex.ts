import { Uint32List } from '../../../lib/uint32List';

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
  private readonly first = new Uint32List();
  /** Its row in the list. */
  private readonly start = new Uint32List();
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

  /** The row of the line at `place`, or of the next one that is shown; the number of rows where none is. */
  rowOf(place: number): number {
    const run = this.first.lastAtMost(place);
    if (run < 0) return 0;
    return this.start.at(run) + Math.min(place - this.first.at(run), this.length(run));
  }

  /** Whether the line at `place` is shown. */
  has(place: number): boolean {
    const run = this.first.lastAtMost(place);
    return run >= 0 && place - this.first.at(run) < this.length(run);
  }

  private length(run: number): number {
    const next = run + 1 < this.start.length ? this.start.at(run + 1) : this.total;
    return next - this.start.at(run);
  }
}
