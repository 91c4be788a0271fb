import type { Core } from '../services/core';
import type { Flags, Verb } from './arguments';
import type { CliHost } from './host';
import type { Printer } from './printer';

/** What a verb gets: the words of the command line, and the core, opened at the first use. */
export interface VerbContext {
  readonly host: CliHost;
  readonly printer: Printer;
  readonly flags: Flags;
  readonly positionals: readonly string[];
  readonly core: () => Promise<Core>;
}

/** Runs a verb and gives the process's exit code. */
export type RunVerb = (context: VerbContext) => Promise<number>;

export type RunnableVerb = Verb & { readonly run: RunVerb };
