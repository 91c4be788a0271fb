/** Numbers and times as people read them, the same in both hosts. */

/** `$3.92/h`, `<$0.01/h`, or `price unknown`: never a guess, and never nothing for what costs something. */
export function hourlyText(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) return 'price unknown';
  if (usd > 0 && usd < 0.005) return '<$0.01/h';
  return `$${usd.toFixed(2)}/h`;
}

/** `$0.00`, or `cost unknown`. Small amounts that are not zero keep one significant digit, down to `<$0.001`. */
export function costText(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) return 'cost unknown';
  if (usd > 0 && usd < 0.001) return '<$0.001';
  if (usd > 0 && usd < 0.01) return `$${usd.toPrecision(1)}`;
  return `$${usd.toFixed(2)}`;
}

/** `0 s`, `41 s`, `3 m 12 s`, `2 h 10 m`, `3 d 4 h`: two units at most. */
export function durationText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** `just now`, `3 m ago`, `2 d ago`. */
export function agoText(then: number, now: number): string {
  const milliseconds = now - then;
  if (milliseconds < 60_000) return 'just now';
  return `${durationText(milliseconds).split(' ').slice(0, 2).join(' ')} ago`;
}

/** `812 B`, `4.2 MB`: decimal units, as disks and clouds are sold. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? value.toFixed(0) : value.toPrecision(2)} ${units[unit]}`;
}

/** `1 node`, `2 nodes`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
