import { describe, expect, test } from 'vitest';
import { grouped, signOf, wordsOf } from '../../../webviews/shared/chartMarks';
import type { ChartMark } from '../../../webviews/shared/chartMarks';

const mark = (t: number, kind: ChartMark['kind'] = 'checkpoint'): ChartMark => ({
  t,
  kind,
  label: `${kind} ${t}`,
});

describe('marks in a chart', () => {
  test('that would overlap stand in one place, under the gravest one’s sign', () => {
    const groups = grouped([mark(30), mark(5, 'restart'), mark(0), mark(100)], (t) => t);
    expect(groups.map(({ left, marks }) => [left, marks.map(({ t }) => t)])).toEqual([
      [0, [0, 5]],
      [30, [30]],
      [100, [100]],
    ]);
    expect(groups.map(signOf)).toEqual(['restart', 'checkpoint', 'checkpoint']);
  });

  test('that are not in sight are not there', () => {
    expect(grouped([mark(1), mark(2)], (t) => (t === 1 ? undefined : t))).toHaveLength(1);
  });

  test('say each what it is, and how many more there are', () => {
    const [group] = grouped(
      Array.from({ length: 9 }, (_, t) => mark(t)),
      (t) => t,
    );
    const words = group ? wordsOf(group, (t) => `${t} s`).split('\n') : [];
    expect(words).toHaveLength(7);
    expect([words[0], words.at(-1)]).toEqual(['checkpoint 0, 0 s', 'and 3 more']);
  });
});
