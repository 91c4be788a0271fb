import { expect, test } from 'vitest';
import { csvText, type CsvCell } from '../../../src/core/csv';

test.each<[string, CsvCell, string]>([
  ['a number, also a negative one', -0.5, '-0.5'],
  ['plain text', 'adam', 'adam'],
  ['a comma', 'a,b', '"a,b"'],
  ['a quote', 'a "b"', '"a ""b"""'],
  ['a line break', 'a\nb', '"a\nb"'],
  ['nothing', undefined, ''],
  ['a formula', '=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ['text that begins with a plus, minus or at', '+1', "'+1"],
  ['', '-1', "'-1"],
  ['', '@x', "'@x"],
  ['a tab before a formula', '\t=1', "'\t=1"],
  ['other alphabets', 'größe 数', 'größe 数'],
])('%s is one cell', (_, cell, expected) => {
  expect(csvText([[cell, 'end']])).toBe(`${expected},end\r\n`);
});

test('each row is a line', () => {
  expect(
    csvText([
      ['a', 'b'],
      [1, 2],
    ]),
  ).toBe('a,b\r\n1,2\r\n');
  expect(csvText([])).toBe('');
});
