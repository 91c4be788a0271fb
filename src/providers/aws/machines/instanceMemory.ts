import type { Instance } from '../../../core/instance';
import type { Listed } from './machineSource';

/** What was last known of one kind of machine. */
export interface Remembered {
  readonly rows: readonly Instance[];
  /** Of those that lists have not had since: how many lists, and since when (Unix milliseconds). */
  readonly missed: ReadonlyMap<string, { readonly lists: number; readonly since: number }>;
}

const lists = 3;
/** Milliseconds. */
const longEnough = 5 * 60_000;

/**
 * AWS's lists are not always complete, above all right after something was made: one that is absent is forgotten only after three lists
 * over five minutes.
 */
export function remember(before: Remembered | undefined, { rows, gone }: Listed, now: number): Remembered {
  const told = new Set([...rows.map(({ id }) => id), ...gone]);
  const missed = new Map<string, { readonly lists: number; readonly since: number }>();
  const absent = (before?.rows ?? []).filter(({ id }) => {
    if (told.has(id)) return false;
    const { lists: count, since } = before?.missed.get(id) ?? { lists: 0, since: now };
    if (count + 1 >= lists && now - since >= longEnough) return false;
    missed.set(id, { lists: count + 1, since });
    return true;
  });
  return { rows: [...rows, ...absent], missed };
}
