import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellQuote } from '../../../src/node/shellQuote';

const shells = ['/bin/sh', '/bin/bash', '/bin/dash', '/bin/busybox'].filter((path) => existsSync(path));

/** What a shell hands to a program for each word of `script`. */
function words(shell: string, script: string): string[] {
  const options = shell.endsWith('busybox') ? ['sh', '-c', script] : ['-c', script];
  const out = execFileSync(shell, options, {
    env: { PATH: process.env.PATH, HOME: '/home/wrong', A: 'wrong' },
  });
  return out.toString('utf8').split('\0').slice(0, -1);
}

const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(...Array.from(`'"\`$\\!*?[]{}()<>|&;#~ \t\n\r=^%-aé日🙂`)),
    maxLength: 20,
  }),
);
const noNul = anything.map((text) => text.replaceAll('\0', '')).filter((text) => text.isWellFormed());

test.each(shells)('%s reads every quoted word as it was', (shell) => {
  fc.assert(
    fc.property(fc.array(noNul, { minLength: 1, maxLength: 40 }), (texts) => {
      const script = `printf '%s\\0' ${texts.map(shellQuote).join(' ')}`;
      expect(words(shell, script)).toEqual(texts);
    }),
    { numRuns: 60 },
  );
});

test.each([
  ['', "''"],
  ['plain-1.2/x', 'plain-1.2/x'],
  ['-n', '-n'],
  ['a b', "'a b'"],
  ["it's", `'it'\\''s'`],
  ['$HOME', "'$HOME'"],
  ['; rm -rf ~', "'; rm -rf ~'"],
  ['~', "'~'"],
  ['a=b', "'a=b'"],
])('%j is written %s', (text, quoted) => {
  expect(shellQuote(text)).toBe(quoted);
});

test('a NUL character can not be quoted', () => {
  expect(() => shellQuote('a\0b')).toThrow(RangeError);
});
