import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultSettings, type ReadSetting, type Settings } from '../core/settings';
import { CliError, exitCode } from './exitCode';

/**
 * The settings of the CLI: `settings.json` in the state folder, with the names that VS Code shows. A value of the wrong
 * type stops with its name: a limit that is misspelt must not quietly be no limit.
 */
export async function readSettings(home: string): Promise<ReadSetting> {
  const path = join(home, 'settings.json');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '{}';
    throw error;
  });
  const given = parse(text, path);
  for (const [key, value] of Object.entries(given)) {
    const fallback: unknown = Object.hasOwn(defaultSettings, key)
      ? defaultSettings[key as keyof Settings]
      : undefined;
    if (fallback === undefined)
      throw new CliError(exitCode.badInput, `${path}: there is no setting "${key}".`);
    const wanted = fallback === null ? 'number' : typeof fallback;
    if (typeof value !== wanted && !(fallback === null && value === null)) {
      throw new CliError(exitCode.badInput, `${path}: "${key}" must be a ${wanted}.`);
    }
  }
  const settings = { ...defaultSettings, ...given };
  return (key) => settings[key];
}

function parse(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below, together with valid JSON of the wrong kind.
  }
  throw new CliError(exitCode.badInput, `This is not a JSON object: ${path}`);
}
