/** How a host is reached, as OpenSSH resolves it from the user's configuration. */
export interface HostConfig {
  /** What a person calls it: the name after `Host`, and after `ssh` on a command line. */
  readonly alias: string;
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  /** Absolute paths, in the order in which they are tried. Those that do not exist are left out unless `identitiesOnly`. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** Path of the agent's socket (a pipe's name on Windows); `undefined`: no agent. */
  readonly identityAgent: string | undefined;
  readonly forwardAgent: boolean;
  /** Hosts to go through, nearest first; each resolved by the same rules. It is the whole chain: their own `jumps` are empty. */
  readonly jumps: readonly HostConfig[];
  /**
   * A program whose stdin and stdout are the connection; wins over `jumps`. A line with its tokens expanded is run by a shell, as OpenSSH's
   * does; words are started as they are.
   */
  readonly proxyCommand: string | readonly [string, ...string[]] | undefined;
  /** The user's first, then the system's. */
  readonly knownHostsFiles: readonly string[];
  /** The user's file that keys of new hosts are added to, and whether without a readable name; absent: they are not kept. */
  readonly newKeys?: { readonly path: string; readonly hashed: boolean };
  /** The name that host keys are looked up by, where it is not the host's. */
  readonly hostKeyAlias: string | undefined;
  readonly strictHostKeyChecking: 'ask' | 'yes' | 'no' | 'accept-new';
  /** Algorithms as configured, in order; `undefined`: the default. */
  readonly hostKeyAlgorithms: readonly string[] | undefined;
  /** Seconds; `undefined`: ours. */
  readonly connectTimeout: number | undefined;
}

/** What known_hosts say of a server's key. */
export type HostKeyVerdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  /** Another key, of whichever type, is known under this name: where, as `path:line`. */
  | { readonly kind: 'changed'; readonly where: string }
  | { readonly kind: 'revoked'; readonly where: string };
