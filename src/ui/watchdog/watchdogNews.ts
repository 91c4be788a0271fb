import type { WatchdogState } from '../../core/watchdog/watchdogState';
import { warningText } from './watchdogTexts';

/** Something that a person should hear of. */
export interface WatchdogNews {
  /** The same in every window that reads it, and another for another stop. */
  readonly key: string;
  readonly text: string;
  /** Whether half an hour more would help. */
  readonly keeps: boolean;
}

export function watchdogNews(label: string, state: WatchdogState, now: number): readonly WatchdogNews[] {
  if (!state.armed) return [];
  const { warned, stopsAt, failure, failures } = state;
  return [
    ...(warned && stopsAt !== undefined
      ? [
          {
            key: `stops about ${Math.round(stopsAt / 1_800_000)}`,
            text: warningText(label, state, now),
            keeps: true,
          },
        ]
      : []),
    ...(failure === undefined
      ? []
      : [
          {
            // Once a day again, for as long as it lasts.
            key: `failed ${failures} on ${Math.floor(now / 86_400_000)}`,
            text: `${label} could not be stopped, and its bill may go on: ${failure}`,
            keeps: false,
          },
        ]),
  ];
}
