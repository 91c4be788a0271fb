import { describe, expect, test } from 'vitest';
import { typedPlace } from '../../../webviews/shared/placeText';
import { matchedSpans } from '../../../webviews/runPanel/matchedSpans';
import { extended, isSelected, selectedRows } from '../../../webviews/runPanel/logSelection';

describe('a place that is typed', () => {
  const start = new Date(2026, 10, 25, 21, 4, 10).getTime();
  const at = (text: string) => {
    const place = typedPlace(text, start);
    return place?.kind === 'time' ? new Date(place.t) : place;
  };

  test.each([
    ['1204', 1204],
    [' 1,204,000 ', 1_204_000],
    ['1.204', 1204],
  ])('%s is a line', (text, number) => {
    expect(at(text)).toEqual({ kind: 'line', number });
  });

  test.each([
    ['21:30', new Date(2026, 10, 25, 21, 30)],
    ['21:04', new Date(2026, 10, 25, 21, 4)],
    ['9:05:07', new Date(2026, 10, 26, 9, 5, 7)],
    ['2026-11-24 08:00', new Date(2026, 10, 24, 8, 0)],
    ['2026-11-24T08:00:01', new Date(2026, 10, 24, 8, 0, 1)],
  ])('%s is a time', (text, date) => {
    expect(at(text)).toEqual(date);
  });

  test.each(['', '0', 'loss', '25:00', '12:60', '12:00:61', '-5', '1e5', '12:3'])('%j is none', (text) => {
    expect(at(text)).toBeUndefined();
  });
});

describe('a choice of rows', () => {
  test('grows and shrinks from where it began', () => {
    const three = extended({ anchor: 5, head: 5 }, 7, 0, 100);
    expect(three && selectedRows(three)).toEqual({ from: 5, to: 8 });
    const back = extended(three, 3, 0, 100);
    expect(back && selectedRows(back)).toEqual({ from: 3, to: 6 });
    expect([2, 3, 5, 6].map((row) => isSelected(back, row))).toEqual([false, true, true, false]);
  });

  test('begins where one was, and stays within the list', () => {
    expect(extended(undefined, 12, 10, 100)).toEqual({ anchor: 10, head: 12 });
    expect(extended({ anchor: 5, head: 5 }, 1e9, 0, 100)).toEqual({ anchor: 5, head: 99 });
    expect(extended(undefined, 0, 0, 0)).toBeUndefined();
    expect(isSelected(undefined, 0)).toBe(false);
  });
});

describe('spans with matches', () => {
  const shown = (matches: readonly (readonly [number, number])[]) =>
    matchedSpans([{ text: 'loss=' }, { text: '0.25', bold: true }, { text: ' ok' }], matches).map(
      ({ text, match, bold }) => `${match ? '[' : ''}${text}${match ? ']' : ''}${bold ? '*' : ''}`,
    );

  test.each<[string, [number, number][], string[]]>([
    ['within one', [[0, 4]], ['[loss]', '=', '0.25*', ' ok']],
    ['over two', [[3, 7]], ['los', '[s=]', '[0.]*', '25*', ' ok']],
    [
      'side by side',
      [
        [5, 7],
        [7, 9],
      ],
      ['loss=', '[0.]*', '[25]*', ' ok'],
    ],
    ['to the end', [[10, 12]], ['loss=', '0.25*', ' ', '[ok]']],
    ['none', [], ['loss=', '0.25*', ' ok']],
  ])('%s', (_, matches, pieces) => {
    expect(shown(matches)).toEqual(pieces);
  });
});
