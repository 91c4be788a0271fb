import { readJobFile } from '../../core/jobSpec/jobFile';
import type { Problem } from '../../core/jobSpec/problem';

export interface MissingEnv {
  readonly name: string;
  /** The error that it is while nobody gives a value. */
  readonly problem: Problem;
}

/**
 * Variables that the file leaves for the submitter to give (`EPOCHS: null`). The reader calls each an error at its
 * place; that it goes away once a value is given is what tells it from other errors there.
 */
export function missingEnvs(text: string, problems: readonly Problem[]): readonly MissingEnv[] {
  const suspects = problems.flatMap((problem) => {
    const name = /(?:^|\.)envs\.([A-Za-z_][A-Za-z0-9_]*)$/.exec(problem.path)?.[1];
    return problem.severity === 'error' && name !== undefined ? [{ name, problem }] : [];
  });
  if (suspects.length === 0) return [];
  const given = readJobFile(text, { envs: Object.fromEntries(suspects.map(({ name }) => [name, ''])) });
  const still = new Set(given.problems.map(identity));
  return suspects.filter(({ problem }) => !still.has(identity(problem)));
}

function identity({ start, message }: Problem): string {
  return `${start} ${message}`;
}
