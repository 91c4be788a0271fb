import { homedir, hostname, userInfo } from 'node:os';

/** What of this computer and its user the meaning of an ssh_config depends on. Tests hand in their own. */
export interface Surroundings {
  /** As the system's list of users has it, which is what OpenSSH takes and not $HOME. */
  readonly home: string;
  readonly user: string;
  readonly uid: number;
  readonly hostName: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly windows: boolean;
}

export function surroundings(): Surroundings {
  const user = whoAmI();
  return { ...user, hostName: hostname(), env: process.env, windows: process.platform === 'win32' };
}

/** A container may run as a user that its list of users does not have. */
function whoAmI(): Pick<Surroundings, 'home' | 'user' | 'uid'> {
  try {
    const { homedir: home, username, uid } = userInfo();
    return { home, user: username, uid };
  } catch {
    return { home: homedir(), user: process.env.USER ?? '', uid: process.getuid?.() ?? -1 };
  }
}

/** `~` and what begins with it: the user's home folder. Another user's (`~name`) is left as it is. */
export function expandTilde(path: string, home: string): string {
  return /^~(?=$|[\\/])/.test(path) ? home + path.slice(1) : path;
}
