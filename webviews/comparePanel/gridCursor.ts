/** The cell that the keys of a grid act on. Row -1 is the head. */
export class GridCursor {
  row = -1;
  column = 0;
  private rows = 0;
  private columns = 0;

  is(row: number, column: number): boolean {
    return row === this.row && column === this.column;
  }

  set(row: number, column: number): void {
    this.row = row;
    this.column = column;
  }

  /** Takes in how large the grid is now. */
  fit(rows: number, columns: number): void {
    this.rows = rows;
    this.columns = columns;
    this.row = Math.min(this.row, rows - 1);
    this.column = Math.min(this.column, columns - 1);
  }

  /** Moves by a key of ARIA's grid pattern; `false` for any other. */
  move(key: string, control: boolean, page: number): boolean {
    const moves: Readonly<Record<string, () => [row: number, column: number]>> = {
      ArrowDown: () => [this.row + 1, this.column],
      ArrowUp: () => [this.row - 1, this.column],
      ArrowRight: () => [this.row, this.column + 1],
      ArrowLeft: () => [this.row, this.column - 1],
      PageDown: () => [this.row + page, this.column],
      PageUp: () => [Math.max(0, this.row - page), this.column],
      Home: () => [control ? -1 : this.row, 0],
      End: () => [control ? this.rows - 1 : this.row, this.columns - 1],
    };
    const to = Object.hasOwn(moves, key) ? moves[key]?.() : undefined;
    if (!to) return false;
    this.row = Math.min(Math.max(-1, to[0]), this.rows - 1);
    this.column = Math.min(Math.max(0, to[1]), this.columns - 1);
    return true;
  }
}
