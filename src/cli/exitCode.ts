import { hasEnded, type JobState } from '../core/trainingJob';

/** What the process says to scripts. The numbers are fixed: people's CI depends on them. */
export const exitCode = {
  ok: 0,
  jobFailed: 1,
  badInput: 2,
  refused: 3,
  platformSaidNo: 4,
  interrupted: 130,
} as const;

/** A failure of ours to print as it is, with the exit code that it means. */
export class CliError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** The exit code of having waited for a job that came to its end in `state`. */
export function codeOfEnd(state: JobState): number {
  return hasEnded(state) && state !== 'succeeded' ? exitCode.jobFailed : exitCode.ok;
}
