import type { StopProspect } from '../../core/watchdog/stopProspect';
import type { StopVerdict } from '../../core/watchdog/stopVerdict';
import type { WatchdogOptions } from '../../core/watchdog/watchdogOptions';
import type { WatchdogState } from '../../core/watchdog/watchdogState';
import { durationText } from '../../core/words';

/** `stops 18:40`, with the day where that is not soon. */
export function dueText(at: number, now: number): string {
  return `stops ${clockText(at, now)}`;
}

export function clockText(at: number, now: number): string {
  const time = new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  if (at - now < 20 * 3_600_000 || new Date(at).toDateString() === new Date(now).toDateString()) return time;
  const weekday = new Date(at).toLocaleDateString([], { weekday: 'short' });
  // Within a week its name says which day is meant, and leaves the time in sight.
  if (at - now < 6 * 86_400_000) return `${weekday} ${time}`;
  return `${weekday}, ${new Date(at).toLocaleDateString([], { day: 'numeric', month: 'short' })}, ${time}`;
}

/** All that matters of a watchdog in one line, the worst first. */
export function watchdogText(state: WatchdogState, now: number): string {
  if (!state.armed) return 'none: never stops by itself';
  if (state.problem !== undefined) return state.problem;
  if (state.stale) {
    const since =
      state.lookedAt === undefined
        ? 'since the machine was started'
        : `for ${durationText(now - state.lookedAt)}`;
    return `has not looked ${since}: nothing stops this machine. Arm it again`;
  }
  const parts = [
    ...(state.failure === undefined ? [] : [`stop failed: ${state.failure}`]),
    ...(state.stopsAt === undefined ? [] : [dueText(state.stopsAt, now)]),
    ...(state.holdUntil === undefined ? [] : [`held until ${clockText(state.holdUntil, now)}`]),
    ...(state.stopsAt !== undefined && state.why === 'lifetime' ? ['its longest life is over then'] : []),
    ...(state.keptBy.length > 0 ? [`kept by ${state.keptBy.join(', ')}`] : []),
    ...(state.idleSince === undefined ? [] : [`idle for ${minutesText(now - state.idleSince)}`]),
  ];
  return parts.join(' · ');
}

/** What the last minutes before a stop are told with. */
export function warningText(label: string, state: WatchdogState, now: number): string {
  const left = minutesText((state.stopsAt ?? now) - now);
  const why =
    state.why === 'lifetime'
      ? `its longest life of ${durationText((state.maxLifetimeHours ?? 0) * 3_600_000)} is over`
      : `nobody has used it for ${minutesText(now - (state.idleSince ?? now))}`;
  const remedy =
    state.why === 'lifetime'
      ? 'What runs on it ends with it, unless you keep it.'
      : 'A key in a terminal, a busy kernel, a job or a busy GPU keeps it.';
  return `${label} stops in ${left}: ${why}. ${remedy}`;
}

export interface Arming {
  readonly label: string;
  readonly found: StopProspect;
  readonly options: WatchdogOptions;
  readonly verdict: Extract<StopVerdict, { readonly possible: true }>;
}

/** The one question before a watchdog is armed: what will happen, by what, and what that does not cover. */
export function armText({ label, found, options, verdict }: Arming): { message: string; detail: string } {
  const { idleMinutes, maxLifetimeHours } = options;
  return {
    message: `Let ${label} be stopped when nobody uses it?`,
    detail: [
      ...(idleMinutes === null
        ? []
        : [
            `Stops after ${durationText(idleMinutes * 60_000)} without use, also with this editor closed: GPUs below 5 %, less than half a core, no transfer, no key in a terminal for 15 minutes, no busy notebook kernel, no job.`,
          ]),
      ...(maxLifetimeHours === null
        ? []
        : [
            `Stops after ${durationText(maxLifetimeHours * 3_600_000)}, whatever goes on, unless you keep it then.`,
          ]),
      'Warns 10 and 2 minutes before, here and in your terminals.',
      '',
      `By: ${verdict.stop}`,
      verdict.proof,
      verdict.bill,
      '',
      keeperText[found.keeper],
      'A desktop session at the machine’s own screen is not seen. What is not saved is lost.',
    ].join('\n'),
  };
}

const keeperText: Record<StopProspect['keeper'], string> = {
  systemd: 'Your own systemd keeps it running, also after a restart of the machine.',
  cron: 'Cron keeps it running, also after a restart of the machine.',
  loop: '⚠ Neither systemd nor cron can keep it running for you: after a restart of the machine nothing watches it until you arm it again.',
};

function minutesText(milliseconds: number): string {
  const minutes = Math.max(1, Math.round(milliseconds / 60_000));
  return durationText(minutes * 60_000);
}
