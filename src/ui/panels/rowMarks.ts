import { Uint32List } from '../../lib/uint32List';
import type { LogRows } from './logRows';

/** Lines of each node that are to be marked, in order. */
export type MarkedLines = ReadonlyMap<number, Uint32List>;

/** The rows in which marked lines stand, in order; lines that the view does not show have none. */
export class RowMarks {
  private rows = new Uint32List();
  private madeOf = '';

  constructor(private readonly view: LogRows) {}

  get count(): number {
    return this.rows.length;
  }

  /** Looks where the lines stand now. Does nothing where neither they nor the rows have become more. */
  update(lines: MarkedLines): void {
    const total = [...lines.values()].reduce((sum, { length }) => sum + length, 0);
    const key = `${total} ${this.view.whole}`;
    if (key === this.madeOf) return;
    this.madeOf = key;
    const rows = new Uint32Array(total);
    let count = 0;
    for (const [node, list] of lines) {
      for (let i = 0; i < list.length; i++) {
        const row = this.view.exactRowOf(node, list.at(i));
        if (row >= 0) rows[count++] = row;
      }
    }
    this.rows = new Uint32List(rows.slice(0, count).sort());
  }

  /** The nearest marked row behind `row`, or before it; round the end where there is none. Gives its number among the marks. */
  next(row: number, direction: 1 | -1): { readonly row: number; readonly index: number } | null {
    if (this.rows.length === 0) return null;
    const behind = this.rows.firstAtLeast(direction === 1 ? row + 1 : row);
    const index = direction === 1 ? behind % this.rows.length : (behind || this.rows.length) - 1;
    return { row: this.rows.at(index), index };
  }

  /** Whether each of so many equal parts of the list has a mark: 1 or 0. */
  strip(parts: number): Uint8Array<ArrayBuffer> {
    const strip = new Uint8Array(parts);
    const scale = parts / Math.max(1, this.view.count);
    for (const row of this.rows.toArray()) strip[Math.min(parts - 1, Math.floor(row * scale))] = 1;
    return strip;
  }
}
