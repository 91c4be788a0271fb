import { describe, expect, test } from 'vitest';
import { shellCommands } from '../../../src/core/shellWords';

const words = (script: string, variables = {}) =>
  shellCommands(script, variables).map((command) => command.map(({ text }) => text));

describe('the commands of a shell script', () => {
  test.each<[string, string, string[][]]>([
    ['words', 'python train.py --lr 0.1', [['python', 'train.py', '--lr', '0.1']]],
    ['lines and separators', 'a b; c && d | e\nf', [['a', 'b'], ['c'], ['d'], ['e'], ['f']]],
    ['a line that goes on', 'a \\\n  b', [['a', 'b']]],
    ['quotes', `a 'b c' "d e"f g\\ h ''`, [['a', 'b c', 'd ef', 'g h', '']]],
    ['comments, and a # inside a word', 'a # b\nc#d # e', [['a'], ['c#d']]],
    ['here-documents', "a <<'EOF'\nlr = 3; b\nEOF\nc <<-X\n\tno\n\tX\nd", [['a'], ['c'], ['d']]],
    ['a here-document without an end', 'a <<EOF\nb', [['a']]],
    ['braces alone and in words', '{ a; }; b {c,d} e}', [['a'], ['b', '{c,d}', 'e}']]],
    ['a quote without an end', `a 'b c`, [['a', 'b c']]],
    ['nothing', ' \n# x', []],
  ])('%s', (_, script, expected) => {
    expect(words(script)).toEqual(expected);
  });

  test('variables that are known are replaced, also in double quotes, and not in single ones', () => {
    const script = `a $LR \${LR} "x$LR" '$LR' $OTHER \${LR:-1}`;
    expect(shellCommands(script, { LR: '0.1' })).toEqual([
      [
        { text: 'a', known: true },
        { text: '0.1', known: true },
        { text: '0.1', known: true },
        { text: 'x0.1', known: true },
        { text: '$LR', known: true },
        { text: '$OTHER', known: false },
        { text: '${LR:-1}', known: false },
      ],
    ]);
  });

  test('what an object inherits is no variable', () => {
    expect(shellCommands('a $constructor', {})[0]?.[1]).toEqual({ text: '$constructor', known: false });
  });

  test('a script of any length is read in linear time', () => {
    expect(shellCommands('"a\\" '.repeat(200_000)).length).toBeLessThan(100_000);
    expect(shellCommands('<<A\n'.repeat(50_000)).length).toBe(0);
  });
});
