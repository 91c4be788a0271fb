import { ProviderError } from '../errors';

/** What the watchdog of a machine knew at its last look, and means to do. Times are unix milliseconds of this computer's clock. */
export interface WatchdogState {
  readonly armed: boolean;
  /** When this was asked. */
  readonly readAt: number;
  /** Why it does nothing although it is armed, as one sentence. */
  readonly problem?: string;
  /** Its last look; absent where it has not looked since the machine was started. */
  readonly lookedAt?: number;
  /** It is armed and has not looked for three intervals: then nothing stops the machine. */
  readonly stale: boolean;
  /** What keeps the machine, such as `job digits-1`; empty while it is idle. */
  readonly keptBy: readonly string[];
  readonly idleSince?: number;
  /** When it stops the machine, if nothing changes. */
  readonly stopsAt?: number;
  readonly why: 'idle' | 'lifetime';
  /** The last minutes before a stop have begun. */
  readonly warned: boolean;
  readonly holdUntil?: number;
  /** The last stop that failed, in words; it stays until the watchdog is armed again. */
  readonly failure?: string;
  readonly failures: number;
  /** What keeps it running when nobody is logged in. */
  readonly keeper: 'systemd' | 'cron' | 'loop';
  /** `null`: idleness stops nothing. */
  readonly idleMinutes: number | null;
  readonly maxLifetimeHours: number | null;
  /** Of the scripts that are there. */
  readonly version: string;
}

/** Reads the line that `watchdog.sh status` prints. Throws `ProviderError` of kind `unknown` where it is none. */
export function readWatchdogState(line: string, now: number): WatchdogState {
  const told = parse(line);
  if (!told) throw new ProviderError('unknown', `The watchdog's answer can’t be read: ${text(line)}`);
  const age = number(told.age);
  const interval = number(told.interval) ?? 60;
  const idle = number(told.idle) ?? 0;
  const stopsIn = number(told.stopsIn);
  const hold = number(told.hold) ?? 0;
  const idleLimit = number(told.idleLimit) ?? 0;
  const maxLife = number(told.maxLife) ?? 0;
  const armed = told.armed === true;
  const problem = text(told.problem);
  const failure = text(told.failure);
  const keptBy = Array.isArray(told.kept) ? told.kept.slice(0, 50).map(text).filter(Boolean) : [];
  const lookedAt = age === undefined ? undefined : now - age * 1000;
  return {
    armed,
    readAt: now,
    ...(problem !== '' && { problem }),
    ...(lookedAt !== undefined && { lookedAt }),
    stale: armed && problem === '' && (told.loop !== true || age === undefined || age > 3 * interval),
    keptBy,
    ...(lookedAt !== undefined && keptBy.length === 0 && { idleSince: lookedAt - idle * 1000 }),
    ...(armed && stopsIn !== undefined && { stopsAt: now + stopsIn * 1000 }),
    why: told.why === 'lifetime' ? 'lifetime' : 'idle',
    warned: (number(told.warned) ?? 0) > 0 && stopsIn !== undefined,
    ...(hold > 0 && { holdUntil: now + hold * 1000 }),
    ...(failure !== '' && { failure }),
    failures: number(told.failures) ?? 0,
    keeper: told.starter === 'systemd' || told.starter === 'cron' ? told.starter : 'loop',
    idleMinutes: idleLimit > 0 ? idleLimit / 60 : null,
    maxLifetimeHours: maxLife > 0 ? maxLife / 3600 : null,
    version: text(told.version),
  };
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line.slice(0, 65_536));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds and counts; anything else is as good as absent. */
function number(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value < 1e10 ? value : undefined;
}

/** One line without control characters. */
function text(value: unknown): string {
  return typeof value === 'string'
    ? value
        .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
        .slice(0, 500)
        .trim()
    : '';
}
