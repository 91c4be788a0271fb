import { ProviderError } from '../../core/errors';
import type { GitWorkdir } from '../../core/jobSpec/jobSpec';
import { run, type Environment } from '../../node/process';

/**
 * Clones a repository into an empty folder. Only transports that run no program of the repository's choosing; signs in with what
 * git has on this computer and never asks. A password in the address stays out of argument lists, messages and the
 * clone's configuration.
 */
export async function cloneWorkdir(
  { url, ref }: GitWorkdir,
  folder: string,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { address, env } = withoutPassword(url);
  if (!isAddress(address))
    throw new ProviderError('invalid', `The workdir’s url is not one of a git repository: ${address}`);
  if (ref !== undefined && !isRef(ref))
    throw new ProviderError('invalid', `The workdir’s ref is not one of git: ${ref}`);
  const git = (...words: readonly string[]) => runGit(words, env, signal);
  onProgress(`Cloning ${address}`);
  const failure =
    (await git('clone', '--quiet', '--no-checkout', '--', address, folder)) ??
    (await git('-C', folder, 'checkout', '--quiet', ref ?? 'HEAD', '--'));
  if (failure === undefined) return;
  const where = ref === undefined ? address : `${address} at ${ref}`;
  throw new ProviderError('invalid', `The workdir can’t be cloned (${failure}): ${where}`);
}

/** `undefined` when all went well, else the last line that git said. */
async function runGit(
  words: readonly string[],
  env: Environment,
  signal: AbortSignal,
): Promise<string | undefined> {
  const options = {
    env: { ...process.env, GIT_ALLOW_PROTOCOL: 'https:http:ssh:git:file', GIT_TERMINAL_PROMPT: '0', ...env },
    signal,
  };
  const { code, stderr } = await run(['git', ...words], options).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new ProviderError(
      'unavailable',
      'The workdir is a git repository, and git is not installed. Install it: https://git-scm.com',
    );
  });
  return code === 0 ? undefined : (stderr.trim().split('\n').at(-1) ?? '').slice(0, 300);
}

/** Answers git from the environment alone; the words are the same whatever the password is. */
const helper = `!f() { printf 'username=%s\\npassword=%s\\n' "$TRAINYARD_GIT_USER" "$TRAINYARD_GIT_PASSWORD"; }; f`;

/**
 * git hands the address on to its helpers as an argument, which everybody can read. So user name and password are taken out
 * of it and given as a credential; the user's own helpers are put aside meanwhile, for they would store it.
 */
function withoutPassword(url: string): { readonly address: string; readonly env: Environment } {
  const [, scheme, user, rest] = /^(https?:\/\/)([^/@]*)@(.*)$/is.exec(url) ?? [];
  if (scheme === undefined || user === undefined || rest === undefined) return { address: url, env: {} };
  const [name = '', ...password] = user.split(':');
  const env = {
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'credential.helper',
    GIT_CONFIG_VALUE_0: '',
    GIT_CONFIG_KEY_1: 'credential.helper',
    GIT_CONFIG_VALUE_1: helper,
    TRAINYARD_GIT_USER: decoded(name),
    TRAINYARD_GIT_PASSWORD: decoded(password.join(':')),
  };
  return { address: scheme + rest, env };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `https://…`, `ssh://…`, `git@host:path`, or a path; nothing that git would take for an option or a helper. */
function isAddress(url: string): boolean {
  return /^(?:(?:https?|ssh|git|file):\/\/[^\s]+|[\w.-]+@[\w.-]+:[^\s]+|\/[^\n\0]*)$/i.test(url);
}

/** By git's own rules, as far as they matter here. */
function isRef(ref: string): boolean {
  return /^[A-Za-z0-9_][\w./@+-]*$/.test(ref) && !ref.includes('..');
}
