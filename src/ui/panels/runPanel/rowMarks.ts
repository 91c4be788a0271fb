import { Uint32List } from '../../../lib/uint32List';
import type { LogRows } from './logRows';

/** Lines of each node that are to be marked, in order. */
export type MarkedLines = ReadonlyMap<number, Uint32List>;

/** The rows in which marked lines stand, in order; lines that the view does not show have none. */
export class RowMarks {
  private rows = new Uint32List();
  /** By node: its lines, and how many of them have been looked for. */
  private readonly done = new Map<number, { readonly list: Uint32List; count: number }>();

  constructor(private readonly view: LogRows) {}

  get count(): number {
    return this.rows.length;
  }

  /** Looks where the lines stand that have come since. Lists only grow; with others it begins anew. */
  update(lines: MarkedLines): void {
    const others = [...this.done].some(([node, { list }]) => lines.get(node) !== list);
    if (others) {
      this.done.clear();
      this.rows = new Uint32List();
    }
    let last = this.rows.at(this.rows.length - 1);
    let inOrder = true;
    for (const [node, list] of lines) {
      const done = this.done.get(node) ?? { list, count: 0 };
      this.done.set(node, done);
      for (; done.count < list.length; done.count++) {
        const line = list.at(done.count);
        if (!this.view.knows(node, line)) break;
        const row = this.view.exactRowOf(node, line);
        if (row < 0) continue;
        inOrder &&= row >= last;
        last = row;
        this.rows.push(row);
      }
    }
    if (!inOrder) this.rows = new Uint32List(this.rows.toArray().slice().sort());
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
