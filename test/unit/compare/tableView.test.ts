import { describe, expect, test } from 'vitest';
import type { SavedCompare } from '../../../src/protocol/comparePanel';
import { sortedRows } from '../../../webviews/comparePanel/runSort';
import { equalColumns, tableView } from '../../../webviews/comparePanel/tableView';
import { columnWidths } from '../../../webviews/comparePanel/columnWidths';
import { aColumn, aRow } from './rows';

const saved = {
  filter: '',
  sort: null,
  starredFirst: false,
  columns: {},
  equal: false,
  checked: [],
} as const satisfies Partial<SavedCompare>;

describe('the order of runs', () => {
  const rows = [
    aRow('a', { started: 1, x: 10 }),
    aRow('b', { started: 4, x: 'word' }),
    aRow('c', { started: 2 }),
    aRow('d', { started: 3, x: { value: 9, text: '9e0' } }, { starred: true }),
    aRow('e', { started: 5, x: 10 }),
    aRow('f', { started: 0, x: 'Word 10' }),
    aRow('g', { started: -1, x: 'word 9' }),
  ];
  const ids = (...parameters: Parameters<typeof sortedRows>) =>
    sortedRows(...parameters)
      .map(({ id }) => id)
      .join('');

  test('is the newest first where nothing is sorted by', () => {
    expect(ids(rows, null, false)).toBe('ebdcafg');
  });

  test('has numbers before words, numbers in words by their size, and what has no value last, both ways', () => {
    expect(ids(rows, { column: 'x', descending: false }, false)).toBe('deabgfc');
    expect(ids(rows, { column: 'x', descending: true }, false)).toBe('eadfgbc');
  });

  test('keeps equal runs as they were, the newest first', () => {
    const same = Array.from({ length: 50 }, (_, i) => aRow(`r-${i}`, { started: i, x: i % 2 }));
    const sorted = sortedRows(same, { column: 'x', descending: false }, false).map(({ id }) => id);
    expect(sorted.slice(0, 3)).toEqual(['r-48', 'r-46', 'r-44']);
    expect(sorted.slice(25, 28)).toEqual(['r-49', 'r-47', 'r-45']);
  });

  test('has starred ones at the top where that is wanted', () => {
    expect(ids(rows, null, true)).toBe('debcafg');
  });

  test('leaves the given rows as they are', () => {
    const before = [...rows];
    sortedRows(rows, { column: 'x', descending: true }, true);
    expect(rows).toEqual(before);
  });
});

describe('equal columns', () => {
  const columns = [
    aColumn('name', { always: true }),
    aColumn('param:lr'),
    aColumn('param:seed'),
    aColumn('param:x'),
  ];
  const rows = [
    aRow('a', { 'param:lr': 0.1, 'param:seed': 1, 'param:x': 5 }),
    aRow('b', { 'param:lr': 0.1, 'param:seed': 2 }),
    aRow('c', { 'param:lr': 0.1, 'param:seed': 2, 'param:x': 5 }, { name: 'a' }),
  ];
  const shown = (more: Partial<SavedCompare>) =>
    tableView(rows, columns, { ...saved, ...more }).columns.map(({ id }) => id);

  test('are those with one value in every row; a value that is missing is another one', () => {
    expect(equalColumns(rows, columns).map(({ id }) => id)).toEqual(['param:lr']);
  });

  test('are hidden, and shown where that is wanted', () => {
    expect(shown({})).toEqual(['name', 'param:seed', 'param:x']);
    expect(shown({ equal: true })).toEqual(columns.map(({ id }) => id));
  });

  test('are those of the rows that the filter leaves', () => {
    expect(tableView(rows, columns, { ...saved, filter: 'seed=2' }).equal.map(({ id }) => id)).toEqual([
      'param:lr',
      'param:seed',
    ]);
  });

  test('of one run, or none, are not hidden', () => {
    expect(equalColumns(rows.slice(0, 1), columns)).toEqual([]);
    expect(equalColumns([], columns)).toEqual([]);
  });

  test('stay as a person has picked them', () => {
    expect(shown({ columns: { 'param:lr': true, 'param:seed': false } })).toEqual([
      'name',
      'param:lr',
      'param:x',
    ]);
  });
});

test('a filter that can’t be understood leaves the rows of the last one', () => {
  const columns = [aColumn('param:lr')];
  const rows = [aRow('a', { 'param:lr': 1 }), aRow('b', { 'param:lr': 2 })];
  const good = tableView(rows, columns, { ...saved, filter: 'lr>1' });
  const bad = tableView(rows, columns, { ...saved, filter: 'lr>' }, good.filter);
  expect(bad.problem).toContain('needs a value');
  expect(bad.rows.map(({ id }) => id)).toEqual(['b']);
  expect(tableView(rows, columns, { ...saved, filter: 'lr>' }).rows).toHaveLength(2);
});

test('a column is as wide as its longest text, within limits', () => {
  const columns = [aColumn('param:a'), aColumn('param:a-longer-title'), aColumn('param:c')];
  const rows = [aRow('a', { 'param:a': 'x'.repeat(500), 'param:c': 1 })];
  const [first, second, third] = columnWidths({ columns, rows }, 0);
  expect(first).toBeCloseTo(30.6);
  expect(second).toBeGreaterThan('a-longer-title'.length);
  expect(third).toBeLessThan(5);
});
