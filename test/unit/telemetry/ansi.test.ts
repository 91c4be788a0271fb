import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ansiSpans, withoutAnsi } from '../../../src/core/ansi';

const esc = '\u001b';

test('colours and styles become spans', () => {
  expect(ansiSpans(`plain ${esc}[31mred ${esc}[1;4mbold${esc}[0m after`)).toEqual([
    { text: 'plain ' },
    { text: 'red ', fg: 1 },
    { text: 'bold', fg: 1, bold: true, underline: true },
    { text: ' after' },
  ]);
});

test.each([
  ['97', { fg: 15 }],
  ['104', { bg: 12 }],
  ['38;5;9', { fg: 9 }],
  ['38;5;196', { fg: '#ff0000' }],
  ['48;5;244', { bg: '#808080' }],
  ['38;2;1;2;3', { fg: '#010203' }],
  ['38:2::1:2:3', { fg: '#010203' }],
  ['38:2:1:2:3', { fg: '#010203' }],
  ['4:3', { underline: true }],
  ['4:0', {}],
  ['3;9;7', { italic: true, strike: true, inverse: true }],
  ['2;22', {}],
  ['38;5;256', {}],
  ['38;2;999;0;0', {}],
  ['38;5;1;48;2;0;0;255;1', { fg: 1, bg: '#0000ff', bold: true }],
  ['31;', {}],
  ['', {}],
  ['999;31', { fg: 1 }],
])('the style %s', (code, style) => {
  expect(ansiSpans(`${esc}[${code}mx`)).toEqual([{ text: 'x', ...style }]);
});

test.each([
  ['a cursor move', `a${esc}[2Ab`, 'ab'],
  ['clearing the screen', `a${esc}[2J${esc}[Hb`, 'ab'],
  ['a private mode', `a${esc}[?25lb`, 'ab'],
  ['a window title', `a${esc}]0;evil\u0007b`, 'ab'],
  ['a hyperlink, of which the text stays', `${esc}]8;;https://x${esc}\\link${esc}]8;;${esc}\\`, 'link'],
  ['a clipboard write', `a${esc}]52;c;AAAA${esc}\\b`, 'ab'],
  ['a device string', `a${esc}Pq#0;2${esc}\\b`, 'ab'],
  ['a character set', `a${esc}(Bb`, 'ab'],
  ['a reset of the terminal', `a${esc}cb`, 'ab'],
  ['a string that never ends: its sign is shown and hides nothing', `a${esc}]0;evil`, 'a␛]0;evil'],
  ['a sequence that is cut off', `a${esc}[31`, 'a␛[31'],
  ['a lone escape', `a${esc}`, 'a␛'],
  ['controls', 'a\u0000b\u0007c\bd\u007fe\rf', 'a␀b␇c␈d␡e␍f'],
  ['C1 controls', 'a\u009b31mb', 'a[U+009B]31mb'],
  ['bidi overrides', 'a\u202eb\u2066c\u200fd', 'a[U+202E]b[U+2066]c[U+200F]d'],
  ['line separators', 'a\u2028b\ufeffc', 'a[U+2028]b[U+FEFF]c'],
  ['tabs, which stay', 'a\tb', 'a\tb'],
  ['HTML, which is text', '<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
])('%s', (_, row, text) => {
  expect(withoutAnsi(row)).toBe(text);
});

test('the spans of text with styles put in are that text', () => {
  const words = fc.stringMatching(/^[ -~äß漢🙂]*$/u);
  const codes = fc.array(fc.nat(130), { maxLength: 5 }).map((parts) => `${esc}[${parts.join(';')}m`);
  fc.assert(
    fc.property(fc.array(fc.tuple(words, codes), { maxLength: 20 }), (parts) => {
      expect(withoutAnsi(parts.map(([text, code]) => text + code).join(''))).toBe(
        parts.map(([text]) => text).join(''),
      );
    }),
  );
});

test('whatever a row holds, no control reaches the screen', () => {
  const hostile = fc.string({
    unit: fc.constantFrom(
      esc,
      '[',
      ']',
      '3',
      '1',
      ';',
      'm',
      '\\',
      '\u0007',
      'P',
      'a',
      '\u202e',
      '\u009b',
      '\n',
      ':',
      '8',
      '5',
    ),
    maxLength: 60,
  });
  fc.assert(
    fc.property(hostile, (row) => {
      expect(
        withoutAnsi(row)
          .replaceAll('\t', '')
          .match(/[\p{Cc}\p{Bidi_C}]/gu),
      ).toBeNull();
    }),
    { numRuns: 2000 },
  );
});

test('a row of nothing but beginnings takes time in proportion to its length', () => {
  const time = (row: string) => {
    const start = performance.now();
    ansiSpans(row);
    return performance.now() - start;
  };
  time(`${esc}]`.repeat(1000));
  // 200,000 searches to the end of 400 kB would take minutes.
  expect(time(`${esc}]`.repeat(200_000))).toBeLessThan(2000);
  expect(time(`${esc}[31`.repeat(100_000))).toBeLessThan(2000);
  expect(time(`${esc}[31m`.repeat(100_000))).toBeLessThan(2000);
});
