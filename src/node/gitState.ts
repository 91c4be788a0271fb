import { run } from './process';

export interface GitState {
  readonly commit: string;
  /** Whether tracked files differ from that commit. */
  readonly dirty: boolean;
}

/** The commit that a folder's files are at, or `undefined` where no git can tell. Reads only, and waits 5 s at most. */
export async function gitState(folder: string, signal: AbortSignal): Promise<GitState | undefined> {
  // A repository's own configuration could name a program to run here.
  const safe = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];
  const words = ['status', '--porcelain=v2', '--branch', '--untracked-files=no', '--ignore-submodules=all'];
  const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
  try {
    const { code, stdout } = await run(['git', ...safe, '-C', folder, ...words], {
      env,
      timeout: 5000,
      signal,
    });
    const commit = /^# branch\.oid ([0-9a-f]{40,64})$/m.exec(stdout)?.[1];
    if (code !== 0 || commit === undefined) return undefined;
    return { commit, dirty: /^[^#]/m.test(stdout) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
