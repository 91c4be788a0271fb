import { ProviderError } from '../../core/errors';
import type { GitWorkdir } from '../../core/jobSpec/jobSpec';
import { run } from '../../node/process';

/** What the clone calls its origin meanwhile: the real address may hold a password, and argument lists are public. */
const alias = 'trainyard-workdir:';

/**
 * Clones a repository into an empty folder. Only transports that run no program of the repository's choosing; signs in with what
 * git has on this computer and never asks. The address is kept without user name and password.
 */
export async function cloneWorkdir(
  { url, ref }: GitWorkdir,
  folder: string,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const shown = withoutUser(url);
  if (!isAddress(url))
    throw new ProviderError('invalid', `The workdir’s url is not one of a git repository: ${shown}`);
  if (ref !== undefined && !isRef(ref))
    throw new ProviderError('invalid', `The workdir’s ref is not one of git: ${ref}`);
  const env = {
    ...process.env,
    GIT_ALLOW_PROTOCOL: 'https:http:ssh:git:file',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `url.${url}.insteadOf`,
    GIT_CONFIG_VALUE_0: alias,
  };
  const git = async (...words: readonly string[]) => {
    const { code, stderr } = await run(['git', ...words], { env, signal }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new ProviderError(
        'unavailable',
        'The workdir is a git repository, and git is not installed. Install it: https://git-scm.com',
      );
    });
    return code === 0 ? undefined : lastLine(stderr).replaceAll(url, shown).replaceAll(alias, shown);
  };
  onProgress(`Cloning ${shown}`);
  const failure =
    (await git('clone', '--quiet', '--no-checkout', '--', alias, folder)) ??
    (await git('-C', folder, 'checkout', '--quiet', ref ?? 'HEAD', '--')) ??
    (await git('-C', folder, 'remote', 'set-url', 'origin', shown));
  if (failure !== undefined)
    throw new ProviderError(
      'invalid',
      `The workdir can’t be cloned (${failure}): ${shown}${ref === undefined ? '' : ` at ${ref}`}`,
    );
}

/** `https://…`, `ssh://…`, `git@host:path`, or a path; nothing that git would take for an option or a helper. */
function isAddress(url: string): boolean {
  return /^(?:(?:https?|ssh|git|file):\/\/[^\s]+|[\w.-]+@[\w.-]+:[^\s]+|\/[^\n\0]*)$/.test(url);
}

/** By git's own rules, as far as they matter here. */
function isRef(ref: string): boolean {
  return /^[A-Za-z0-9_][\w./@+-]*$/.test(ref) && !ref.includes('..');
}

function withoutUser(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/@]*@/i, (match, scheme: string) =>
    scheme === 'ssh://' ? match : scheme,
  );
}

function lastLine(text: string): string {
  return (text.trim().split('\n').at(-1) ?? '').slice(0, 300);
}
