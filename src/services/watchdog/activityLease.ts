import type { Watchdogs } from './watchdogs';

/**
 * Tells the watchdogs of the attached machines that somebody works in this window. For what a person does (a key, a focused
 * window, a run), never for what goes on by itself: an editor that was merely left open keeps no machine.
 */
export class ActivityLease {
  constructor(private readonly watchdogs: Watchdogs) {}

  /** Cheap: the lease itself is renewed every five minutes at most. */
  active(): void {
    for (const machine of this.watchdogs.attached()) void this.watchdogs.renewLease(machine);
  }
}
