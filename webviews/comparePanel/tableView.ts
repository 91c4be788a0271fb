import type { CompareColumn, CompareRow, SavedCompare } from '../../src/protocol/comparePanel';
import { plainOf } from './cells';
import { parseFilter, type RunFilter } from './runFilter';
import { sortedRows } from './runSort';

/** What of all rows and columns is shown, in its order. */
export interface TableView {
  readonly rows: readonly CompareRow[];
  readonly columns: readonly CompareColumn[];
  /** Columns that would be shown, were they not equal in all of `rows`. */
  readonly equal: readonly CompareColumn[];
  /** Why the filter can't be understood; then `rows` are those of the last one that could. */
  readonly problem?: string;
  readonly filter: RunFilter;
}

export function tableView(
  all: readonly CompareRow[],
  columns: readonly CompareColumn[],
  saved: Pick<SavedCompare, 'filter' | 'sort' | 'starredFirst' | 'columns' | 'equal' | 'checked'>,
  /** The filter of the view before. */
  last?: RunFilter,
): TableView {
  const parsed = parseFilter(saved.filter, columns);
  const filter = 'problem' in parsed ? (last ?? { matches: () => true }) : parsed;
  const checked = new Set(saved.checked);
  const rows = sortedRows(
    all.filter((row) => 'problem' in filter || filter.matches(row, checked.has(row.id))),
    saved.sort,
    saved.starredFirst,
  );
  const equal = equalColumns(rows, columns).filter(({ id }) => saved.columns[id] === undefined);
  const hidden = new Set(saved.equal ? [] : equal.map(({ id }) => id));
  return {
    rows,
    columns: columns.filter(({ id }) => saved.columns[id] ?? !hidden.has(id)),
    equal,
    filter,
    ...('problem' in parsed && { problem: parsed.problem }),
  };
}

/** Columns in which all rows have the same, or nothing. Of a single row, none is called so. */
export function equalColumns(
  rows: readonly CompareRow[],
  columns: readonly CompareColumn[],
): readonly CompareColumn[] {
  const [first, ...others] = rows;
  if (!first || others.length === 0) return [];
  return columns.filter(({ id, always }) => {
    if (always) return false;
    const text = plainOf(first.cells[id]);
    return others.every((row) => plainOf(row.cells[id]) === text);
  });
}
