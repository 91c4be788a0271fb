import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remoteCommand } from '../../../../src/providers/ssh/link/remoteCommand';

/** Prints the words that it gets, each behind its length in bytes, so that no byte can be taken for a mark. */
const teller = ['sh', '-c', 'for w; do printf "%s\\001\\002" "$w"; done', 'sh'] as const;

const toldBy = (shell: readonly [string, ...string[]], words: readonly string[]) => {
  const [program, ...options] = shell;
  const { stdout, stderr, status } = spawnSync(program, [...options, remoteCommand([...teller, ...words])], {
    maxBuffer: 1 << 24,
  });
  expect(stderr.toString()).toBe('');
  expect(status).toBe(0);
  return stdout.toString().split('\u0001\u0002').slice(0, -1);
};

const nasty = fc.constantFrom(
  "'",
  '"',
  '\\',
  '!',
  '$',
  '`',
  '\n',
  '\r',
  '\t',
  ' ',
  '%',
  '*',
  '~',
  '(',
  ')',
  '{',
  '}',
  '#',
  '&',
  ';',
  '|',
  '<',
  '>',
  '=',
  '-',
  '\\0',
  '\\n',
  "'\\''",
  '$(id)',
  '\u007f',
  '\u001b',
  '\u0003',
  'é',
  '漢',
  '🙂',
  '\u2028',
  '\u0085',
  '\ufeff',
);
const word = fc.oneof(
  fc.string({
    unit: fc.oneof(nasty, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
    maxLength: 12,
  }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

describe('a command for a login shell', () => {
  it('brings 100,000 words through sh as they are', () => {
    let count = 0;
    fc.assert(
      fc.property(fc.array(word, { minLength: 1000, maxLength: 1000, size: 'max' }), (made) => {
        const words = made.map((text) =>
          text.replaceAll('\0', '').toWellFormed().replaceAll('\u0001\u0002', ''),
        );
        count += words.length;
        expect(toldBy(['/bin/sh', '-c'], words)).toEqual(words);
      }),
      { numRuns: 100, endOnFailure: true },
    );
    expect(count).toBeGreaterThanOrEqual(100_000);
  });

  it('brings a word of 100 kB', () => {
    const words = ['x'.repeat(100_000), `${'y '.repeat(49_000)}'\n`];
    for (const one of words) expect(toldBy(['/bin/sh', '-c'], [one])).toEqual([one]);
  });

  it('runs the program itself and no function or alias of the shell', () => {
    expect(remoteCommand(['ls', '-l', 'a b'])).toBe("exec 'ls' '-l' 'a b'");
  });

  it('refuses what can’t be a word', () => {
    expect(() => remoteCommand(['echo', 'a\0b'])).toThrow(/NUL/);
    expect(() => remoteCommand(['echo', '\ud800'])).toThrow(/half a character/);
    expect(() => remoteCommand(['echo', "'".repeat(100_000)])).toThrow(/too long/);
  });
});
