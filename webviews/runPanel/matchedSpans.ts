import type { LogRow, LogSpan } from '../../src/protocol/runLog';

export interface MatchedSpan extends LogSpan {
  readonly match?: boolean;
}

/** Cuts spans where matches begin and end. */
export function matchedSpans(
  all: readonly LogSpan[],
  matches: NonNullable<LogRow['matches']>,
): MatchedSpan[] {
  const pieces: MatchedSpan[] = [];
  let at = 0;
  let next = 0;
  for (const span of all) {
    const end = at + span.text.length;
    let from = at;
    while (from < end) {
      while ((matches[next]?.[1] ?? Infinity) <= from) next++;
      const [start, stop] = matches[next] ?? [Infinity, Infinity];
      const match = start <= from;
      const to = Math.min(end, match ? stop : start);
      pieces.push({ ...span, text: span.text.slice(from - at, to - at), match });
      from = to;
    }
    at = end;
  }
  return pieces;
}
