/** Whether a machine could run a stop command of the user's own, none of which was run: the answer of `src/remote/watchdogOwnStop.sh`. */
export interface OwnStop {
  readonly command: string;
  /** `unclear`: only running it would tell. */
  readonly state: 'found' | 'missing' | 'wrong' | 'unclear';
  /** Its first word, where it is a plain one. */
  readonly word: string;
}

/** What can't be read is as good as unclear. */
export function readOwnStop(command: string, output: string): OwnStop {
  const state = /^state=(found|missing|wrong)$/m.exec(output)?.[1] as OwnStop['state'] | undefined;
  return { command, state: state ?? 'unclear', word: /^word=(.{0,300})$/m.exec(output)?.[1] ?? '' };
}
