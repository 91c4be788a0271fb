import type { LaunchQuestion, LaunchSettings } from './instance';

/** What was chosen, where it is among the choices, and of the other questions the first choice. */
export function settledSettings(
  questions: readonly LaunchQuestion[],
  chosen: LaunchSettings,
): LaunchSettings {
  return Object.fromEntries(
    questions.flatMap(({ setting, choices }) => {
      const choice = choices.find(({ value }) => value === chosen[setting]) ?? choices[0];
      return choice ? [[setting, choice.value]] : [];
    }),
  );
}
