import type { Cell, ColumnKind, CompareColumn, CompareRow } from '../../src/protocol/comparePanel';
import { plainText } from '../shared/quantity';
import { dateText } from '../shared/times';

export function numberOf(cell: Cell | undefined): number | undefined {
  if (typeof cell === 'number') return cell;
  return typeof cell === 'object' ? cell.value : undefined;
}

/** What a cell holds as text, whatever its column: for words of a filter and to see what is equal. */
export function plainOf(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  return typeof cell === 'object' ? cell.text : String(cell);
}

export function cellText(cell: Cell | undefined, kind: ColumnKind, now: number): string {
  if (cell === undefined) return '–';
  if (typeof cell !== 'number') return plainOf(cell);
  return kind === 'time' ? dateText(cell, now) : plainText(cell);
}

/** Texts of a row's cells. Rows are whole: a row that has changed is another object. */
const texts = new WeakMap<CompareRow, Map<string, string>>();

export function textOf(row: CompareRow, { id, kind }: CompareColumn, now: number): string {
  let known = texts.get(row);
  if (!known) texts.set(row, (known = new Map<string, string>()));
  let text = known.get(id);
  if (text === undefined) known.set(id, (text = cellText(row.cells[id], kind, now)));
  return text;
}
