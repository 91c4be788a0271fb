import { ProviderError } from '../errors';

/** How a person wants a machine to be watched. */
export interface WatchdogOptions {
  /** Idle for so long, it is stopped. `null`: idleness stops nothing. */
  readonly idleMinutes: number | null;
  /** Counted from arming, and from each start of the machine after that. `null`: no limit. */
  readonly maxLifetimeHours: number | null;
  /** For `sh`, kept on the machine where only its user can read it. Absent: what the system offers. */
  readonly stopCommand?: string;
}

/** Whole seconds that the script takes. */
const longest = 999_999_999;

/** What is wrong with a limit, in one sentence; `undefined` where it is good. */
export function idleMinutesProblem(minutes: number): string | undefined {
  return minutes >= 5 && minutes * 60 <= longest ? undefined : 'Give at least 5 minutes.';
}

export function maxLifetimeProblem(hours: number): string | undefined {
  return hours >= 1 && hours * 3600 <= longest ? undefined : 'Give at least 1 hour.';
}

/** The settings of `watchdog.sh`. Throws `ProviderError` of kind `invalid`. */
export function watchdogConfig({ idleMinutes, maxLifetimeHours }: WatchdogOptions, version: string): string {
  const problem =
    (idleMinutes === null ? undefined : idleMinutesProblem(idleMinutes)) ??
    (maxLifetimeHours === null ? undefined : maxLifetimeProblem(maxLifetimeHours));
  if (problem !== undefined) throw new ProviderError('invalid', `The watchdog can’t be armed so. ${problem}`);
  if (idleMinutes === null && maxLifetimeHours === null)
    throw new ProviderError(
      'invalid',
      'The watchdog needs a limit: of idle minutes, of a longest life, or both.',
    );
  const lines = {
    IDLE_SECONDS: Math.round((idleMinutes ?? 0) * 60),
    MAX_SECONDS: Math.round((maxLifetimeHours ?? 0) * 3600),
    VERSION: version,
  };
  return Object.entries(lines)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
