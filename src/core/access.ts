import type { Event } from '../lib/event';

/** Who one is at a connection, and what one may do there. */
export interface Access {
  /** Who was refused is let in again: by a sign-in, or with new keys. What waits for that may ask at once. */
  readonly onDidRestore?: Event<void>;
  /** In a browser. Absent where the way in is no sign-in, as with keys in a file. Done when everything of this sign-in works again. */
  signIn?(signal: AbortSignal): Promise<void>;
  /** Asks the platform, and changes nothing there. Throws `ProviderError` where not even that can be asked. */
  check(signal: AbortSignal): Promise<AccessCheck>;
  /** What an administrator has to allow, and nothing more: a document in the platform's own form. */
  policy(signal: AbortSignal): Promise<AccessPolicy>;
}

export interface AccessCheck {
  /** One line, such as the account and the user's name there. */
  readonly who: string;
  readonly missing: readonly MissingPermission[];
  /** Whether every permission was asked about, and not only those that can be tried without harm. */
  readonly complete: boolean;
}

export interface MissingPermission {
  /** In the platform's words, such as `sagemaker:CreateTrainingJob`. */
  readonly permission: string;
  /** What doesn't work without it, such as `submit jobs`. */
  readonly needed: string;
}

export interface AccessPolicy {
  /** Proposed for a file, such as `trainyard-policy.json`. */
  readonly name: string;
  readonly text: string;
  /** Of the editor. */
  readonly language: string;
}

/** What is missing, one line for each thing that doesn't work without it. */
export function missingLines({ missing }: AccessCheck): readonly string[] {
  const byNeed = new Map<string, string[]>();
  for (const { needed, permission } of missing)
    byNeed.set(needed, [...(byNeed.get(needed) ?? []), permission]);
  return [...byNeed].map(([needed, permissions]) => `You can’t ${needed}: ${permissions.join(', ')}`);
}

/** The result of a check in one sentence. */
export function checkSentence({ missing, complete }: AccessCheck): string {
  if (missing.length > 0)
    return missing.length === 1 ? '1 permission is missing.' : `${missing.length} permissions are missing.`;
  return complete
    ? 'Every permission that is needed is there.'
    : 'No permission is known to be missing; not all of them can be asked about here.';
}
