/** Rows of one request, and the unit that is kept or let go. */
export const pageRows = 200;
const keptPages = 24;

/**
 * The rows of a long list that are on this side, in pages. A page that was read while the list was shorter is read again
 * once more of it is there; until then its old rows stay in sight.
 */
export class RowPages<T> {
  /** Most recently used last. */
  private readonly pages = new Map<number, { rows: T[]; stale: boolean }>();

  row(index: number): T | undefined {
    return this.pages.get(Math.floor(index / pageRows))?.rows[index % pageRows];
  }

  /** The pages of rows `first` to `end`, and one on each side, that have to be read; those in sight come first. */
  missing(first: number, end: number, rows: number): number[] {
    const last = Math.floor(Math.max(0, rows - 1) / pageRows);
    const from = Math.floor(first / pageRows);
    const to = Math.floor(Math.max(first, end - 1) / pageRows);
    const wanted: number[] = [];
    for (let page = from; page <= to; page++) wanted.push(page);
    wanted.push(to + 1, from - 1);
    return wanted.filter((page) => page >= 0 && page <= last && rows > 0 && this.isMissing(page, rows));
  }

  /** Takes in rows from `from` on, which must begin a page or go on from (or over) the rows that are there. */
  put(from: number, rows: readonly T[]): void {
    for (let at = 0; at < rows.length || at === 0;) {
      const number = Math.floor((from + at) / pageRows);
      const offset = (from + at) % pageRows;
      const before = offset > 0 ? (this.pages.get(number)?.rows ?? []) : [];
      if (before.length < offset) return;
      const more = rows.slice(at, at + pageRows - offset);
      this.pages.delete(number);
      this.pages.set(number, { rows: [...before.slice(0, offset), ...more], stale: false });
      at += pageRows - offset;
    }
    for (const oldest of this.pages.keys()) {
      if (this.pages.size <= keptPages) break;
      this.pages.delete(oldest);
    }
  }

  /** Rows from `row` on are not what they were: the list grew there, or they changed. */
  grown(row: number): void {
    for (const [number, page] of this.pages) {
      if ((number + 1) * pageRows > row || page.rows.length < pageRows) page.stale = true;
    }
  }

  clear(): void {
    this.pages.clear();
  }

  private isMissing(number: number, rows: number): boolean {
    const page = this.pages.get(number);
    return !page || page.stale || page.rows.length < Math.min(pageRows, rows - number * pageRows);
  }
}
