import { expect, test } from 'vitest';
import { GridCursor } from '../../../webviews/comparePanel/gridCursor';

function after(keys: readonly (readonly [key: string, control?: boolean])[]): [number, number] {
  const cursor = new GridCursor();
  cursor.fit(100, 5);
  cursor.set(0, 2);
  for (const [key, control = false] of keys) cursor.move(key, control, 10);
  return [cursor.row, cursor.column];
}

test('keys move the cell, and stop at the edges', () => {
  expect(after([['ArrowDown'], ['ArrowRight']])).toEqual([1, 3]);
  expect(after([['ArrowUp'], ['ArrowUp'], ['ArrowUp']])).toEqual([-1, 2]);
  expect(after([['PageDown'], ['PageDown']])).toEqual([20, 2]);
  expect(after([['End']])).toEqual([0, 4]);
  expect(after([['End', true], ['ArrowDown'], ['ArrowRight']])).toEqual([99, 4]);
  expect(after([['Home', true]])).toEqual([-1, 0]);
});

test('other keys do nothing, and a grid that shrinks keeps the cell inside', () => {
  const cursor = new GridCursor();
  cursor.fit(100, 5);
  cursor.set(99, 4);
  expect(cursor.move('x', false, 10)).toBe(false);
  expect(cursor.move('toString', false, 10)).toBe(false);
  cursor.fit(3, 2);
  expect([cursor.row, cursor.column]).toEqual([2, 1]);
  cursor.fit(0, 2);
  expect(cursor.row).toBe(-1);
});
