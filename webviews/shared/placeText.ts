/** What a person types to go to a place in a log. */
export type TypedPlace =
  { readonly kind: 'line'; readonly number: number } | { readonly kind: 'time'; readonly t: number };

/**
 * `1204` is a line, counted from 1; `21:04` and `21:04:10` are times on the day that the job started or, where they were
 * before it, on the next; `2026-11-25 21:04` is what it says, in the reader's time zone. `undefined` for anything else.
 */
export function typedPlace(text: string, start: number): TypedPlace | undefined {
  const plain = text.trim();
  if (/^[\d,.\s]+$/.test(plain)) {
    const number = Number(plain.replaceAll(/[,.\s]/g, ''));
    return number >= 1 && Number.isSafeInteger(number) ? { kind: 'line', number } : undefined;
  }
  const match = /^(?:(\d{4})-(\d\d?)-(\d\d?)[T ]+)?(\d\d?):(\d\d)(?::(\d\d))?$/.exec(plain);
  if (!match) return undefined;
  const groups: readonly (string | undefined)[] = match.slice(1);
  const [year, month, day, hour = 0, minute = 0, second = 0] = groups.map((group) =>
    group === undefined ? undefined : Number(group),
  );
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(start);
  if (year !== undefined && month !== undefined && day !== undefined) date.setFullYear(year, month - 1, day);
  date.setHours(hour, minute, second, 0);
  // A minute's grace: `21:04` means the minute in which it began as well.
  if (year === undefined && date.getTime() < start - 60_000) date.setDate(date.getDate() + 1);
  return { kind: 'time', t: date.getTime() };
}
