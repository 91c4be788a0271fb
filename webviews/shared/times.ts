const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const hours = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

/** `21:04:10`, in the reader's own time zone. */
export function clockText(t: number): string {
  return clock.format(t);
}

/** `21:04:10` today, `3 Mar 21:04` on another day. */
export function dateText(t: number, now: number): string {
  const sameDay = new Date(t).toDateString() === new Date(now).toDateString();
  return sameDay ? clock.format(t) : `${day.format(t)} ${hours.format(t)}`;
}

/** With date, seconds and time zone, for tooltips. */
export function exactText(t: number): string {
  return exact.format(t);
}

/** Labels of a time axis whose ticks are `step` milliseconds apart. */
export function tickText(tick: number, step: number): string {
  // Ticks come out of divisions, a hair before the full second.
  const t = Math.round(tick / 1000) * 1000;
  if (step >= 86_400_000) return day.format(t);
  return step >= 60_000 ? hours.format(t) : clock.format(t);
}
