import { defaultSettings, type Settings } from '../core/settings';
import { InvalidInput } from './invalidInput';

/**
 * A setting as the editor gave it, or its default where there is none. One of the wrong type is refused with its name:
 * a limit that is mistyped must not quietly be no limit.
 */
export function settingValue<K extends keyof Settings>(key: K, given: unknown): Settings[K] {
  const fallback = defaultSettings[key];
  if (given === undefined) return fallback;
  // `null` stands for "no limit", and what is not null there is a number.
  const wanted = fallback === null ? 'number' : typeof fallback;
  if (typeof given === wanted || (fallback === null && given === null)) return given as Settings[K];
  const remedy = { title: 'Open Settings', command: 'workbench.action.openSettings', arguments: [key] };
  throw new InvalidInput(`This setting must be a ${wanted}. Change it in the settings: ${key}`, remedy);
}
