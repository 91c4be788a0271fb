import type { Cell, CompareColumn, CompareRow } from '../../../src/protocol/comparePanel';

/** A row of a run that has succeeded, but for what a test cares about. */
export function aRow(
  id: string,
  cells: Record<string, Cell> = {},
  more: Partial<CompareRow> = {},
): CompareRow {
  const { name = id, state = 'succeeded', starred = false } = more;
  return { id, name, state, starred, cells: { name, state, ...cells } };
}

export function aColumn(id: string, more: Partial<CompareColumn> = {}): CompareColumn {
  const title = id.replace(/^\w+:/, '');
  return { id, title, group: 'parameter', kind: 'text', names: [title.toLowerCase()], ...more };
}
