import type { CompareColumn } from '../../src/protocol/comparePanel';
import { textOf } from './cells';
import type { TableView } from './tableView';

const widest = 28;
/** Most letters are narrower than the digit that a `ch` is. */
const letter = 0.95;
/** Room for the padding, and of a head for its arrow. */
const padding = 2.6;
const arrow = 1.5;
/** The icon of a state, the mark of a run. */
const pictures: Readonly<Record<string, number>> = { state: 3, name: 4 };
/** Rows that are looked at: the widths of more would hardly differ. */
const most = 1000;

/** How wide each column is, in `ch`, by its longest text; so that rows which come into sight never move the others. */
export function columnWidths(
  { columns, rows }: Pick<TableView, 'columns' | 'rows'>,
  now: number,
  /** Longest name. */
  longestName = widest,
): readonly number[] {
  const seen = rows.slice(0, most);
  return columns.map((column: CompareColumn) => {
    let longest = Math.min(column.title.length, widest - 4) + arrow;
    const picture = pictures[column.id] ?? 0;
    for (const row of seen) longest = Math.max(longest, textOf(row, column, now).length + picture);
    return Math.min(longest * letter, column.id === 'name' ? longestName : widest) + padding;
  });
}
