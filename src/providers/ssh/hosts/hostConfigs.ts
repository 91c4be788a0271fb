import { existsSync } from 'node:fs';
import { ProviderError } from '../../../core/errors';
import type { HostConfig } from '../hostConfig';
import { configWord } from './configWord';
import { parseJumps, type Jump } from './jumps';
import { option, type Presets, type SshOptions } from './options';
import type { Surroundings } from './surroundings';
import { expandCommand, expandPath, type HostTokens } from './tokens';

/** Tells what is configured for one host, without its jump hosts. */
export type ReadOptions = (alias: string, presets: Presets) => Promise<SshOptions>;

/**
 * How a host is reached. The hosts in `jumps` are the whole chain, so their own `jumps` are empty. Throws `ProviderError`
 * of kind `invalid` for what can't be meant, such as jumps in a circle.
 */
export async function hostConfig(
  alias: string,
  presets: Presets,
  read: ReadOptions,
  surroundings: Surroundings,
  way: readonly string[] = [],
): Promise<HostConfig> {
  if (way.includes(alias))
    throw new ProviderError(
      'invalid',
      `The jump hosts lead back to where they began: ${[...way, alias].join(' → ')}`,
    );
  const options = await read(alias, presets);
  const own = ownConfig(alias, options, surroundings);
  const text = option(options, 'proxyjump');
  const [nearest, ...others] = (text === undefined ? undefined : parseJumps(text)) ?? [];
  if (!nearest || own.proxyCommand !== undefined) return own;
  // Only the nearest keeps its own way; the others are reached through the one before them, as with `ssh -J`.
  const first = await hostConfig(nearest.host, presetsOf(nearest), read, surroundings, [...way, alias]);
  const rest = await Promise.all(
    others.map(async (jump, index) => {
      const before =
        text
          ?.split(',')
          .slice(0, index + 1)
          .join(',') ?? '';
      const presets = [...presetsOf(jump), `ProxyJump ${before}`];
      return ownConfig(jump.host, await read(jump.host, presets), surroundings);
    }),
  );
  return { ...own, jumps: [...first.jumps, { ...first, jumps: [] }, ...rest] };
}

function presetsOf({ user, port }: Jump): Presets {
  return [
    ...(user === undefined ? [] : [`User ${configWord(user)}`]),
    ...(port === undefined ? [] : [`Port ${port}`]),
  ];
}

function ownConfig(alias: string, options: SshOptions, surroundings: Surroundings): HostConfig {
  const hostName = option(options, 'hostname') ?? alias;
  const port = option(options, 'port') ?? '22';
  const user = option(options, 'user') ?? surroundings.user;
  const hostKeyAlias = option(options, 'hostkeyalias');
  const tokens: HostTokens = { alias, hostName, port, user, hostKeyAlias };
  const identitiesOnly = isYes(option(options, 'identitiesonly'));
  const command = option(options, 'proxycommand');
  const timeout = Number(option(options, 'connecttimeout'));
  const userFiles = pathsOf(options, 'userknownhostsfile');
  return {
    alias,
    hostName,
    port: Number(port),
    user,
    identityFiles: pathsOf(options, 'identityfile')
      .map((path) => expandPath(path, tokens, surroundings))
      .filter((path) => identitiesOnly || existsSync(path)),
    identitiesOnly,
    identityAgent: agentOf(option(options, 'identityagent'), surroundings),
    forwardAgent: !['no', 'false', undefined].includes(option(options, 'forwardagent')),
    jumps: [],
    proxyCommand: command === undefined || command === 'none' ? undefined : expandCommand(command, tokens),
    knownHostsFiles: [...userFiles, ...pathsOf(options, 'globalknownhostsfile')],
    ...(userFiles[0] !== undefined && {
      newKeys: { path: userFiles[0], hashed: isYes(option(options, 'hashknownhosts')) },
    }),
    hostKeyAlias,
    strictHostKeyChecking: strictness(option(options, 'stricthostkeychecking')),
    hostKeyAlgorithms: option(options, 'hostkeyalgorithms')?.split(','),
    connectTimeout: timeout > 0 ? timeout : undefined,
  };
}

function pathsOf(options: SshOptions, name: string): readonly string[] {
  return (options.get(name) ?? []).filter((path) => path.toLowerCase() !== 'none');
}

function isYes(value: string | undefined): boolean {
  return value === 'yes' || value === 'true';
}

function strictness(value: string | undefined): HostConfig['strictHostKeyChecking'] {
  if (value === 'ask' || value === 'accept-new') return value;
  return value === undefined ? 'ask' : isYes(value) ? 'yes' : 'no';
}

/** Where Windows' own agent listens. */
const windowsAgent = '\\\\.\\pipe\\openssh-ssh-agent';

function agentOf(value: string | undefined, { env, windows }: Surroundings): string | undefined {
  if (value === 'none') return undefined;
  const usual = value === undefined || value === 'SSH_AUTH_SOCK';
  const path = usual ? env.SSH_AUTH_SOCK : value.startsWith('$') ? env[value.slice(1)] : value;
  if (path !== undefined && path !== '') return path;
  return usual && windows && existsSync(windowsAgent) ? windowsAgent : undefined;
}
