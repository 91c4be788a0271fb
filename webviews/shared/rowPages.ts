/** Rows of one request, and the unit that is kept or let go. */
export const pageRows = 200;
const keptPages = 24;

/**
 * The rows of a long list that are on this side, in pages. A page that was read while the list was shorter is read again
 * once more of it is there; until then its old rows stay in sight.
 */
export class RowPages<T> {
  /** Most recently used last. */
  private readonly pages = new Map<number, { rows: readonly T[]; stale: boolean }>();

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

  put(page: number, rows: readonly T[]): void {
    this.pages.delete(page);
    this.pages.set(page, { rows, stale: false });
    for (const oldest of this.pages.keys()) {
      if (this.pages.size <= keptPages) break;
      this.pages.delete(oldest);
    }
  }

  /** The list grew, or its last row changed. */
  grown(): void {
    const last = Math.max(...this.pages.keys());
    for (const [number, page] of this.pages) {
      if (number === last || page.rows.length < pageRows) page.stale = true;
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
