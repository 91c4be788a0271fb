import { ProviderError } from '../core/errors';

/** What a failure to open the state means to a person; the state says most of it itself. */
export function openFailure(error: unknown): unknown {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  if (code !== 'ERR_UNKNOWN_BUILTIN_MODULE') return error;
  return new ProviderError(
    'unavailable',
    `Trainyard needs VS Code 1.105 or newer: this one runs on Node ${process.versions.node}, without SQLite. Update VS Code.`,
    { cause: error },
  );
}
