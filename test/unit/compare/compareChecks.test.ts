import { describe, expect, test } from 'vitest';
import {
  checkedExport,
  checkedOverlay,
  checkedPair,
  checkedRuns,
  checkedSince,
  checkedStar,
} from '../../../src/ui/panels/comparePanel/compareChecks';

const id = 'digits-a2b3c4';
const overlay = { metric: 'loss', runs: [id], axis: 'time', range: null, columns: 300 };

describe('what the page sends', () => {
  test('passes where it is what it should be', () => {
    expect(checkedSince({ since: -1 })).toBe(-1);
    expect(checkedStar({ id, starred: true, more: 1 })).toEqual({ id, starred: true });
    expect(checkedPair({ a: id, b: id })).toEqual({ a: id, b: id });
    expect(checkedRuns([id])).toEqual([id]);
    expect(checkedOverlay(overlay)).toEqual(overlay);
    expect(checkedOverlay({ ...overlay, range: [0, 5] }).range).toEqual([0, 5]);
    expect(checkedExport({ columns: ['name'], rows: [id] })).toEqual({ columns: ['name'], rows: [id] });
  });

  test.each<[string, () => unknown]>([
    ['a revision before all', () => checkedSince({ since: -2 })],
    ['no revision', () => checkedSince(null)],
    ['a path for an id', () => checkedStar({ id: '../../etc', starred: true })],
    ['a word for a star', () => checkedStar({ id, starred: 'yes' })],
    ['one run as a pair', () => checkedPair({ a: id })],
    ['more runs than lines', () => checkedRuns(Array<string>(11).fill(id))],
    ['another axis', () => checkedOverlay({ ...overlay, axis: 'y' })],
    ['a range that is none', () => checkedOverlay({ ...overlay, range: [5, 0] })],
    ['no width', () => checkedOverlay({ ...overlay, columns: 0 })],
    ['a column that is no word', () => checkedExport({ columns: [1], rows: [] })],
    ['a row that is no job', () => checkedExport({ columns: [], rows: ['x'] })],
  ])('is refused: %s', (_, send) => {
    expect(send).toThrow('The panel sent something');
  });
});
