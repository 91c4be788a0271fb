const unitSeconds: Record<string, number> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds from `90`, `90s`, `30m`, `1.5h` or `1d`; `undefined` for anything else, and for nothing at all. */
export function parseDuration(value: string | number): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]+)?)([smhd]?)$/.exec(String(value).trim());
  if (!match) return undefined;
  const seconds = Number(match[1]) * (unitSeconds[match[2] ?? ''] ?? NaN);
  return seconds > 0 && Number.isFinite(seconds) ? seconds : undefined;
}
