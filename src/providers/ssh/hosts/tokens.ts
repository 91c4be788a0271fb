import { createHash } from 'node:crypto';
import { ProviderError } from '../../../core/errors';
import { expandTilde, type Surroundings } from './surroundings';

/** What the tokens of ssh_config(5) stand for, for one host. */
export interface HostTokens {
  /** As it was asked for: %n. */
  readonly alias: string;
  /** %h */
  readonly hostName: string;
  readonly port: string;
  readonly user: string;
  readonly hostKeyAlias: string | undefined;
}

/** A path in an option that knows `~`, all tokens and `${VARIABLE}`. */
export function expandPath(path: string, host: HostTokens, surroundings: Surroundings): string {
  const { home, uid, user, hostName: local, env } = surroundings;
  return expand(
    expandTilde(path, home),
    {
      C: createHash('sha1')
        .update(local + host.hostName + host.port + host.user)
        .digest('hex'),
      d: home,
      h: host.hostName,
      i: String(uid),
      k: host.hostKeyAlias ?? host.alias,
      L: local.split('.')[0] ?? local,
      l: local,
      n: host.alias,
      p: host.port,
      r: host.user,
      u: user,
    },
    env,
  );
}

/** A ProxyCommand, which knows fewer tokens and leaves variables to its shell. */
export function expandCommand(command: string, { hostName, alias, port, user }: HostTokens): string {
  return expand(command, { h: hostName, n: alias, p: port, r: user });
}

/** A HostName, which knows only the name that was asked for. */
export function expandHostName(hostName: string, alias: string): string {
  return expand(hostName, { h: alias });
}

function expand(
  text: string,
  tokens: Readonly<Record<string, string>>,
  env?: Readonly<Record<string, string | undefined>>,
): string {
  const pattern = env ? /%(.?)|\$\{([^}]*)\}/gs : /%(.?)/gs;
  return text.replace(pattern, (_, token?: string, variable?: string) => {
    const value =
      token === '%'
        ? '%'
        : token === undefined
          ? env?.[variable ?? '']
          : Object.hasOwn(tokens, token)
            ? tokens[token]
            : undefined;
    if (value !== undefined) return value;
    const what =
      token === undefined
        ? `The environment has no variable ${variable ?? ''}`
        : `%${token} means nothing here`;
    throw new ProviderError('invalid', `The SSH configuration can’t be used. ${what}: ${text}`);
  });
}
