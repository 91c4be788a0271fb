import type { LineId, LogRow } from '../../src/protocol/runLog';

/** The row that is marked in the log's list. */
export class LogMark {
  row: number | undefined;
  /** The line, where it was asked for by itself: its row is another one while lines before it are still being read. */
  private wanted: { readonly line: LineId; readonly moves: number } | undefined;

  clear(): void {
    this.row = this.wanted = undefined;
  }

  put(row: number): void {
    this.row = row;
    this.wanted = undefined;
  }

  /** `moves`: how often the list was moved by then. */
  follow(line: LineId, moves: number): void {
    this.wanted = { line, moves };
  }

  /** The line to be looked for again, as another stands in its row now; not where somebody has gone elsewhere meanwhile. */
  lost(rowAt: (index: number) => LogRow | undefined, moves: number): LineId | undefined {
    const { wanted } = this;
    const row = this.row === undefined ? undefined : rowAt(this.row);
    if (!wanted || !row || (row.node === wanted.line.node && row.number === wanted.line.number))
      return undefined;
    this.wanted = undefined;
    return wanted.moves === moves ? wanted.line : undefined;
  }
}
