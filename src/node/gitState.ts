import { run } from './process';

export interface GitState {
  readonly commit: string;
  /** Whether tracked files differ from that commit. */
  readonly dirty: boolean;
}

/** The commit that a folder's files are at, or `undefined` where no git can tell. Reads only, and waits 5 s at most. */
export async function gitState(folder: string, signal: AbortSignal): Promise<GitState | undefined> {
  const git = async (...words: readonly string[]) => {
    // A repository's own configuration could name a program to run here.
    const argv = [
      'git',
      '-c',
      'core.fsmonitor=false',
      '-c',
      'core.hooksPath=/dev/null',
      '-C',
      folder,
      ...words,
    ] as const;
    const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
    const result = await run([...argv], { env, timeout: 5000, signal });
    return result.code === 0 ? result.stdout : undefined;
  };
  try {
    const commit = (await git('rev-parse', '--verify', '--quiet', 'HEAD'))?.trim();
    if (!commit || !/^[0-9a-f]{40,64}$/.test(commit)) return undefined;
    const changes = await git('status', '--porcelain', '--untracked-files=no', '--ignore-submodules=all');
    return changes === undefined ? undefined : { commit, dirty: changes !== '' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
