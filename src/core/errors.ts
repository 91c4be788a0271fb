/** Why a platform said no, in the words the UI can act on: each kind has its remedy (sign in, open quotas, show log). */
export type ErrorKind =
  | 'auth'
  | 'forbidden'
  | 'notFound'
  | 'conflict'
  | 'quota'
  | 'throttled'
  | 'network'
  | 'invalid'
  | 'unavailable'
  | 'unknown';

/**
 * A failure that a person can understand: what failed, why and what to do, in one or two sentences.
 * A provider makes these once, at its edge; anything that is neither this nor a `CancelledError` is a bug of ours.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';

  constructor(
    readonly kind: ErrorKind,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** A sign-in mends it: `access.signIn` of this connection. */
export class SignInError extends ProviderError {
  constructor(
    readonly connection: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super('auth', message, options);
  }
}

/** The account lacks a permission: `access.policy` of this connection has all that it takes. */
export class PermissionError extends ProviderError {
  constructor(
    readonly connection: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super('forbidden', message, options);
  }
}

/** A person was asked for what it takes, and said no or nothing. A host that has just asked them says no more about it. */
export class DeclinedError extends ProviderError {}

/** The user changed their mind. Never shown, never logged as a failure. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';

  constructor() {
    super('Cancelled');
  }
}

/** The message of anything that was thrown, for the one place of each host that shows it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Anything that was thrown as an `Error`: itself where it is one. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Throws `CancelledError` once `signal` has been aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CancelledError();
}
