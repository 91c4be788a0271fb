import type { IdleProspect } from '../../core/idleShutdown';
import { durationText } from '../../core/words';
import type { Question } from './powerTexts';

/** The one question before a machine’s idle shutdown is set (`minutes`) or turned off (`null`). */
export function idleText(label: string, minutes: number | null, { words, notes }: IdleProspect): Question {
  if (minutes === null)
    return {
      message: `Turn off the idle shutdown of ${label}?`,
      detail: `Now: ${words}.\nWithout one it goes on, and costs, until somebody stops it, unless its platform has another rule for it.`,
    };
  return {
    message: `Let ${label} be stopped after ${minutesText(minutes)} without use?`,
    detail: [`Now: ${words}.`, '', ...notes].join('\n'),
  };
}

export function minutesText(minutes: number): string {
  return durationText(minutes * 60_000);
}
