/** Rows that are chosen, from the first to the last one; `head` is where the choice is made larger or smaller. */
export interface RowSelection {
  readonly anchor: number;
  readonly head: number;
}

/** First row and the row behind the last. */
export function selectedRows({ anchor, head }: RowSelection): { readonly from: number; readonly to: number } {
  return { from: Math.min(anchor, head), to: Math.max(anchor, head) + 1 };
}

export function isSelected(selection: RowSelection | undefined, row: number): boolean {
  if (!selection) return false;
  const { from, to } = selectedRows(selection);
  return row >= from && row < to;
}

/** The selection with its head at `row`; a new one where there is none, from `anchor` on. */
export function extended(
  selection: RowSelection | undefined,
  row: number,
  anchor: number,
  rows: number,
): RowSelection | undefined {
  if (rows === 0) return undefined;
  const within = (value: number) => Math.max(0, Math.min(rows - 1, value));
  return { anchor: within(selection?.anchor ?? anchor), head: within(row) };
}
