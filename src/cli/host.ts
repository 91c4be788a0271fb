import type { Readable, Writable } from 'node:stream';
import type { Log } from '../core/log';
import type { Core } from '../services/core';

/** What the verbs need of the process they run in. Tests hand in their own. */
export interface CliHost {
  readonly out: Writable;
  readonly err: Writable;
  readonly in: Readable;
  /** Whether a person sits at both ends, so that questions can be asked. */
  readonly interactive: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by the first Ctrl+C. */
  readonly interrupted: AbortSignal;
  readonly now: () => number;
  /** Opens the state folder; the caller disposes of it. */
  openCore(log: Log): Promise<Core>;
}
