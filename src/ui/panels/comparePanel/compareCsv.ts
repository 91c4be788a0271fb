import { csvText, type CsvCell } from '../../../core/csv';
import type { Cell, ColumnKind, CompareColumn, CompareRow } from '../../../protocol/comparePanel';

/** In what unit a column's numbers are written; words as the table has them are for people. */
const units: Record<ColumnKind, string> = {
  text: '',
  number: '',
  time: '',
  duration: ' (s)',
  money: ' (USD)',
};

/** The table as a CSV file: the job's id, then these columns. */
export function compareCsv(columns: readonly CompareColumn[], rows: readonly CompareRow[]): string {
  const head = ['ID', ...columns.map(({ title, kind }) => `${title}${units[kind]}`)];
  const body = rows.map((row) => [row.id, ...columns.map(({ id, kind }) => csvCell(row.cells[id], kind))]);
  return csvText([head, ...body]);
}

function csvCell(cell: Cell | undefined, kind: ColumnKind): CsvCell {
  if (cell === undefined || typeof cell === 'string') return cell;
  const value = typeof cell === 'number' ? cell : cell.value;
  return kind === 'time' ? new Date(value).toISOString() : value;
}
