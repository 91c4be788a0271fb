import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

/**
 * The state folder, shared by every window and the CLI: `TRAINYARD_HOME` where it is set, else the platform's usual place.
 * Absolute; it need not exist yet.
 */
export function stateFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  const path = platform === 'win32' ? win32 : posix;
  const given = env.TRAINYARD_HOME;
  if (given) return path.resolve(given);
  if (platform === 'win32')
    return path.join(env.LOCALAPPDATA ?? path.join(home, 'AppData', 'Local'), 'trainyard');
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'trainyard');
  // The XDG specification: a relative path is invalid and ignored.
  const data = env.XDG_DATA_HOME;
  return path.join(data && path.isAbsolute(data) ? data : path.join(home, '.local', 'share'), 'trainyard');
}
