import { describe, expect, test } from 'vitest';
import { readArguments, readPairs } from '../../../src/cli/arguments';
import { CliError } from '../../../src/cli/exitCode';
import { submit } from '../../../src/cli/verbs/submit';

const codeAndText = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    if (error instanceof CliError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('It did not fail.');
};

describe('the words of a command line', () => {
  test('flags may stand before and after the file', () => {
    const read = readArguments(submit, ['--yes', 'a.yaml', '--env', 'A=1', '--env', 'B=2', '--wait']);
    expect(read.positionals).toEqual(['a.yaml']);
    expect(read.flags).toMatchObject({ yes: true, wait: true, env: ['A=1', 'B=2'] });
  });

  test('an unknown flag is a usage error that names it', () => {
    expect(codeAndText(() => readArguments(submit, ['a.yaml', '--wiat']))).toMatch(
      /^2: Unknown option '--wiat'\.\nUsage: /,
    );
  });

  test('a missing or surplus file is a usage error', () => {
    expect(codeAndText(() => readArguments(submit, []))).toMatch(/^2: Usage: trainyard submit FILE/);
    expect(codeAndText(() => readArguments(submit, ['a', 'b']))).toMatch(/^2: Usage/);
  });

  test('--help needs no file', () => {
    expect(readArguments(submit, ['--help']).flags.help).toBe(true);
  });
});

describe('NAME=VALUE pairs', () => {
  test('a value keeps its equal signs, line breaks and emptiness', () => {
    expect(readPairs('env', ['A=b=c', 'B=', 'C=1\n2'], {})).toEqual({ A: 'b=c', B: '', C: '1\n2' });
  });

  test('a bare name takes the value of the environment', () => {
    expect(readPairs('secret', ['TOKEN'], { TOKEN: 'abc' })).toEqual({ TOKEN: 'abc' });
  });

  test('a bare name without a value in the environment says so', () => {
    expect(codeAndText(() => readPairs('secret', ['TOKEN'], {}))).toContain(
      '2: --secret TOKEN has no value here',
    );
  });

  test('a name that no shell takes is refused', () => {
    expect(codeAndText(() => readPairs('env', ['1A=b'], {}))).toBe(
      '2: --env takes NAME=VALUE or NAME, not: 1A',
    );
    expect(codeAndText(() => readPairs('env', ['a b=c'], {}))).toContain('not: a b');
  });

  test('a refused pair never shows its value, which may be a secret', () => {
    expect(codeAndText(() => readPairs('secret', ['bad name=hunter2'], {}))).not.toContain('hunter2');
  });
});
