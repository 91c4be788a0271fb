/**
 * What is known of a log's line beside its text, in 16 bits: whether it is a valid `##trainyard ` line, its level, and the
 * rank that its prefix names.
 */
export type LineClass = number;

export const logLevels = ['none', 'debug', 'info', 'warning', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** A larger rank is not told apart from none. */
export const largestRank = 4094;

const telemetryBit = 1;

/** `level` is an index into `logLevels`. */
export function lineClass(telemetry: boolean, level: number, rank: number | undefined): LineClass {
  const rankBits = rank === undefined || rank > largestRank ? 0 : rank + 1;
  return (telemetry ? telemetryBit : 0) | (level << 1) | (rankBits << 4);
}

export function isTelemetry(word: LineClass): boolean {
  return (word & telemetryBit) !== 0;
}

export function levelOf(word: LineClass): LogLevel {
  return logLevels[(word >> 1) & 7] ?? 'none';
}

export function rankOf(word: LineClass): number | undefined {
  return word >> 4 === 0 ? undefined : (word >> 4) - 1;
}

/** Which lines of a log are shown. */
export interface LineFilter {
  /** Whether `##trainyard ` lines are. */
  readonly telemetry: boolean;
  /** Lines of this level and above; `none` for all. A line without a level has less than any. */
  readonly level: LogLevel;
  /** Lines that name this rank; `null` for all. */
  readonly rank: number | null;
  /** What `setup` wrote, or what was written after it; `null` for both. */
  readonly stream: 'setup' | 'run' | null;
}

export const everyLine: LineFilter = { telemetry: true, level: 'none', rank: null, stream: null };

/** Whether the filter lets every line through, so that nothing has to be looked at. */
export function isEveryLine({ telemetry, level, rank, stream }: LineFilter): boolean {
  return telemetry && level === 'none' && rank === null && stream === null;
}

/** A test of one number, as it is done for millions of lines. `stream` is not in it: it is a matter of place. */
export function lineTest({ telemetry, level, rank }: LineFilter): (word: LineClass) => boolean {
  const least = logLevels.indexOf(level) << 1;
  const bits = rank === null ? -1 : rank + 1;
  return (word) =>
    (telemetry || (word & telemetryBit) === 0) && (word & 14) >= least && (bits < 0 || word >> 4 === bits);
}
