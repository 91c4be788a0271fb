import { ProviderError } from '../../../core/errors';

/** A mistake in a configuration file, at its line. */
export function configProblem(path: string, line: number, what: string): ProviderError {
  return new ProviderError(
    'invalid',
    `The SSH configuration has a mistake, which keeps ssh from working too. ${what}. Mend it there: ${path}:${line}`,
  );
}
