/** How often one API may be asked by all windows together. */
export interface Limit {
  readonly perSecond: number;
  /** Calls that may come at once after a pause. */
  readonly burst: number;
}

/** What is known of one API's rate. */
export interface Rate {
  /** When the next call may go. Unix milliseconds. */
  readonly next: number;
  /** When AWS last said that it was too much. Unix milliseconds; 0: never. */
  readonly slowedAt: number;
  /** Calls per second right after that. */
  readonly slowedTo: number;
}

export const unused: Rate = { next: 0, slowedAt: 0, slowedTo: 0 };

/** Takes the next place in the queue: when that call may go, and what the next caller finds. */
export function reserve(rate: Rate, limit: Limit, now: number): { readonly at: number; readonly rate: Rate } {
  const perSecond = ratePerSecond(rate, limit, now);
  const interval = 1000 / perSecond;
  // Whoever was just told to slow down doesn't come with several at once.
  const burst = perSecond < limit.perSecond ? 1 : limit.burst;
  // A clock that was set back must not hold everybody up.
  const next = Math.min(Math.max(rate.next, now - (burst - 1) * interval), now + longestQueue);
  return { at: Math.max(next, now), rate: { ...rate, next: next + interval } };
}

/** After AWS said that it was too much. Several such answers to calls that went together count once. */
export function slow(rate: Rate, limit: Limit, now: number): Rate {
  const perSecond = ratePerSecond(rate, limit, now);
  if (now - rate.slowedAt >= 0 && now - rate.slowedAt < Math.max(oneBurst, 1000 / perSecond)) return rate;
  const slowedTo = Math.min(Math.max(perSecond * decrease, lowest), limit.perSecond);
  // The queue starts anew: those who wait in it ask for a place again, at the new rate.
  return { next: now + 1000 / slowedTo, slowedAt: now, slowedTo };
}

/** Calls per second that are allowed now: after a slowing it grows back to the limit in a straight line. */
export function ratePerSecond(rate: Rate, limit: Limit, now: number): number {
  if (rate.slowedAt === 0) return limit.perSecond;
  const since = Math.max(0, now - rate.slowedAt) / 1000;
  return Math.min(limit.perSecond, rate.slowedTo + since * limit.perSecond * recovery);
}

const decrease = 0.6;
/** Share of the limit that comes back in a second. */
const recovery = 0.02;
/** Calls per second, however often AWS says no. */
const lowest = 0.2;
/** Milliseconds. */
const oneBurst = 500;
const longestQueue = 600_000;
