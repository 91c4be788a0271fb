/** Stopping instances that nobody uses, by the platform itself or by what it runs on them: it goes on with the editor closed. */
export interface IdleShutdown {
  /** What holds now, and what could be set. Changes nothing. Throws `ProviderError`, of kind `invalid` where this instance can have none. */
  look(id: string, signal: AbortSignal): Promise<IdleProspect>;
  /**
   * `minutes` within the limits that `look` tells; `null`: off. Done when the platform says that it has it. Throws `ProviderError`: of kind
   * `conflict` where it can't be set as it is, or somebody else changed it at the same time.
   */
  set(
    id: string,
    minutes: number | null,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
}

/** What holds, as it is shown in a list. */
export interface IdleFact {
  /** One clause. */
  readonly words: string;
  /** `undefined`: nobody knows. */
  readonly stops: boolean | undefined;
}

export interface IdleProspect extends IdleFact {
  /** What is set at the instance itself; `null`: nothing. */
  readonly minutes: number | null;
  readonly least: number;
  readonly most: number;
  /** Sentences that a person should know before it is set: what stops it, what counts as use, what that needs. */
  readonly notes: readonly string[];
  /** Why nothing can be set now, and what to do; absent: it can. */
  readonly problem?: string;
  /** The same of what is set. */
  readonly offProblem?: string;
}

/** What is wrong with a number of minutes, in one sentence; `undefined` where it is good. */
export function idleShutdownProblem(
  minutes: number,
  { least, most }: Pick<IdleProspect, 'least' | 'most'>,
): string | undefined {
  if (Number.isInteger(minutes) && minutes >= least && minutes <= most) return undefined;
  return `Give whole minutes, from ${least} to ${most}.`;
}
