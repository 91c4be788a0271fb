import { parseArgs, type ParseArgsConfig } from 'node:util';
import { CliError, exitCode } from './exitCode';

export type Flags = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

export interface Verb {
  /** As in the help, such as `submit FILE`. */
  readonly usage: string;
  readonly summary: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** One line for each option, and for `--json` what it prints. */
  readonly help: readonly string[];
  /** How many positional arguments it takes: so many, or from the one number to the other. */
  readonly takes: number | readonly [least: number, most: number];
}

/** Splits a verb's words into flags and positionals; a word that does not fit is a usage error. */
export function readArguments(verb: Verb, words: readonly string[]): { flags: Flags; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { ...verb.options, help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } },
      allowPositionals: true,
    });
    const [least, most] = typeof verb.takes === 'number' ? [verb.takes, verb.takes] : verb.takes;
    if (values.help !== true && (positionals.length < least || positionals.length > most)) {
      throw new CliError(exitCode.badInput, `Usage: trainyard ${verb.usage}`);
    }
    return { flags: values, positionals };
  } catch (error) {
    if (error instanceof CliError) throw error;
    const why = (error instanceof Error ? error.message : String(error)).replace(/\. To specify.*/s, '.');
    throw new CliError(exitCode.badInput, `${why}\nUsage: trainyard ${verb.usage}`);
  }
}

/** `NAME=VALUE` pairs; a bare `NAME` takes its value from the environment, which keeps secrets out of argv. */
export function readPairs(
  flag: string,
  given: Flags[string],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const pairs: [string, string][] = [];
  for (const word of Array.isArray(given) ? given : []) {
    const [, name = '', , value] = /^([^=]*)(=(.*))?$/s.exec(String(word)) ?? [];
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
      throw new CliError(exitCode.badInput, `--${flag} takes NAME=VALUE or NAME, not: ${name}`);
    }
    const found = value ?? env[name];
    if (found === undefined) {
      throw new CliError(
        exitCode.badInput,
        `--${flag} ${name} has no value here: set it in the environment, or give NAME=VALUE.`,
      );
    }
    pairs.push([name, found]);
  }
  return Object.fromEntries(pairs);
}

export function textFlag(value: Flags[string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
