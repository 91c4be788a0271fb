import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ProviderError } from '../../core/errors';

const missing =
  'Jobs on this computer need a POSIX shell. Install Git for Windows (https://git-scm.com), which brings one, or set trainyard.local.shell to its path.';

/**
 * The shell that runs local jobs: the one in the settings, else `/bin/sh`, on Windows that of Git. Throws `ProviderError` of kind
 * `unavailable` that says what to install.
 */
export function findShell(
  setting: string,
  platform: NodeJS.Platform = process.platform,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  if (setting !== '') {
    if (existsSync(setting)) return setting;
    throw new ProviderError('unavailable', `The shell in trainyard.local.shell does not exist: ${setting}`);
  }
  const found = (platform === 'win32' ? gitShells(env) : posixShells(env)).find((path) => existsSync(path));
  if (found === undefined) throw new ProviderError('unavailable', missing);
  return found;
}

/** A path as the shell writes it: on Windows `C:\\x` is `/c/x`. */
export function shellPath(path: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'win32') return path;
  return path.replaceAll('\\', '/').replace(/^([A-Za-z]):/, (_, drive: string) => `/${drive.toLowerCase()}`);
}

function posixShells(env: Readonly<Record<string, string | undefined>>): string[] {
  return ['/bin/sh', ...(env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'sh'))];
}

/** Not WSL's bash, which lives in a file system of its own. */
function gitShells(env: Readonly<Record<string, string | undefined>>): string[] {
  const roots = [env.ProgramW6432, env.ProgramFiles, env['ProgramFiles(x86)']];
  const user = env.LOCALAPPDATA === undefined ? undefined : join(env.LOCALAPPDATA, 'Programs');
  return [...roots, user]
    .filter((root) => root !== undefined)
    .map((root) => join(root, 'Git', 'bin', 'sh.exe'));
}
