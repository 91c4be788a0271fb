import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { queryProblem, requiredText, type LogQuery } from '../../../src/core/logQuery';
import { LineSearch } from '../../../src/services/logStore/lineSearch';

const query = (text: string, more: Partial<LogQuery> = {}): LogQuery => ({
  text,
  regex: false,
  caseSensitive: false,
  ...more,
});

/** Numbers of the lines that match, told once each. */
function found(text: string | Uint8Array, what: LogQuery): number[] {
  const bytes = new Uint8Array(Buffer.from(text));
  const lines: number[] = [];
  new LineSearch(what).search(bytes, (offset) => {
    lines.push(bytes.subarray(0, offset).filter((byte) => byte === 10).length);
  });
  return lines;
}

const log = 'Loss 0.5\nloss=0.25 LOSS\n\n  tab\tloss\nZürich größe\n\u001b[31mlo\u001b[0mss\nend\n';

describe('the lines that match', () => {
  test.each<[string, LogQuery, number[]]>([
    ['text in any case', query('loss'), [0, 1, 3, 5]],
    ['text in this case', query('loss', { caseSensitive: true }), [1, 3, 5]],
    ['letters beyond ASCII in any case', query('GRÖSSE'), []],
    ['letters beyond ASCII', query('zÜrich'), [4]],
    ['what a regular expression means, as text', query('0.5'), [0]],
    ['a dot that is only a dot', query('s.0'), []],
    ['a regular expression', query('loss[ =]0\\.\\d+', { regex: true }), [0, 1]],
    ['a regular expression in this case', query('^loss', { regex: true, caseSensitive: true }), [1, 5]],
    ['ends of lines', query('d$', { regex: true }), [6]],
    ['empty lines', query('^$', { regex: true }), [2]],
    ['space that could reach into the next line', query('LOSS\\s', { regex: true }), [0]],
    ['anything but a letter', query('^[^a-z]*$', { regex: true }), [2]],
    ['colours between the letters', query('^loss$', { regex: true, caseSensitive: true }), [5]],
    ['alternatives', query('tab|end', { regex: true, caseSensitive: true }), [3, 6]],
  ])('%s', (_, what, lines) => {
    expect(found(log, what)).toEqual(lines);
  });

  test('are the same as line by line, whatever bytes there are', () => {
    const line = fc.oneof(
      fc.stringMatching(/^[abA.é ]{0,12}$/),
      fc.constantFrom('\u001b[1mab\u001b[0m', 'a\u001b]8;;x\u0007b', 'ab\r', 'é\0ab', '', 'aab'),
    );
    const pattern = fc.constantFrom(
      'ab',
      'a+b',
      '^a',
      'b$',
      'a.b',
      '[ab]{2}',
      '\\s',
      'é',
      'A|é',
      '^$',
      '(a|b)b',
      'a\\.?',
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 20 }),
        pattern,
        fc.boolean(),
        fc.boolean(),
        (lines, text, regex, caseSensitive) => {
          const what = { text, regex, caseSensitive };
          const naive = lines.flatMap((one, number) => (found(`${one}\n`, what).length > 0 ? [number] : []));
          expect(found(lines.map((one) => `${one}\n`).join(''), what)).toEqual(naive);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('are found between bytes that are no text', () => {
    const bytes = Buffer.concat([
      Buffer.from('\xff\xfe loss\n', 'latin1'),
      Buffer.from('é\nLoss'),
      Buffer.from([0xc3, 10]),
    ]);
    expect(found(bytes, query('loss'))).toEqual([0, 2]);
    expect(found(bytes, query('l.ss', { regex: true }))).toEqual([0, 2]);
  });
});

test.each([
  ['loss=0\\.9\\d', 'loss=0.9'],
  ['^.*needle$', 'needle'],
  ['a|needle', ''],
  ['(?:x)needle', ''],
  ['(x|y)needle', 'needle'],
  ['need+le', 'need'],
  ['needl*e', 'need'],
  ['needle{2}x', 'needl'],
  ['[abc)]def', 'def'],
  ['a(b', ''],
  ['\\x41bcd', ''],
  ['\\bnan\\b', 'nan'],
])('every match of %s has %j in it', (text, sure) => {
  expect(requiredText({ text, regex: true, caseSensitive: true })).toBe(sure);
});

test('a pattern that is none says why', () => {
  expect(queryProblem({ text: 'a(', regex: true, caseSensitive: true })).toBe(
    'This is not a regular expression: Unterminated group.',
  );
  expect(queryProblem({ text: 'a(', regex: false, caseSensitive: true })).toBeUndefined();
});
