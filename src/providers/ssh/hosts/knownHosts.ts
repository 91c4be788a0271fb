import { createHmac, randomBytes } from 'node:crypto';
import type { HostKeyVerdict } from '../hostConfig';
import { matchesHostList } from './hostPattern';

/** A line of known_hosts that holds a key. */
export interface KnownHost {
  /** As written: patterns, or `|1|salt|hash`. */
  readonly hosts: string;
  readonly revoked: boolean;
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  readonly key: Buffer;
  /** `path:line` */
  readonly where: string;
}

/**
 * The keys in a known_hosts file. As OpenSSH does, lines that make no sense are passed over; so are those of certificate authorities,
 * because no host certificates are taken here.
 */
export function knownHosts(text: string, path: string): readonly KnownHost[] {
  return text.split('\n').flatMap((line, index) => {
    const [, marker, hosts, type, encoded] =
      /^[ \t]*(?:(@[^ \t]+)[ \t]+)?([^@#\s][^ \t]*)[ \t]+([^ \t#]+)[ \t]+([A-Za-z0-9+/]+=*)(?:[ \t\r]|$)/.exec(
        line,
      ) ?? [];
    if (hosts === undefined || type === undefined || encoded === undefined) return [];
    if (marker !== undefined && marker !== '@revoked') return [];
    const key = Buffer.from(encoded, 'base64');
    // A key names its own type; a line that says another is a mistake.
    if (keyType(key) !== type) return [];
    return [{ hosts, revoked: marker !== undefined, type, key, where: `${path}:${index + 1}` }];
  });
}

/** What the lines say of a server's key, with the words of OpenSSH's `check_key_in_hostkeys`. `names`: as `lookupNames` gives them. */
export function verdictOf(
  known: readonly KnownHost[],
  names: readonly string[],
  key: Uint8Array,
): HostKeyVerdict {
  const verdicts = names.map((name) => {
    const lines = known.filter((line) => concerns(line, name));
    const same = lines.filter((line) => Buffer.compare(line.key, key) === 0);
    const revoked = same.find((line) => line.revoked);
    if (revoked) return { kind: 'revoked', where: revoked.where } as const;
    if (same.length > 0) return { kind: 'known' } as const;
    const other = lines.findLast((line) => !line.revoked);
    return other ? ({ kind: 'changed', where: other.where } as const) : ({ kind: 'unknown' } as const);
  });
  const [first = { kind: 'unknown' } as const, ...others] = verdicts;
  if (first.kind !== 'unknown') return first;
  // Without its port a name can only vouch for a key, or forbid it.
  return others.find(({ kind }) => kind === 'known' || kind === 'revoked') ?? first;
}

/** Types of the keys that are known under the first name that has any. */
export function knownTypes(known: readonly KnownHost[], names: readonly string[]): readonly string[] {
  for (const name of names) {
    const lines = known.filter((line) => !line.revoked && concerns(line, name));
    if (lines.length > 0) return [...new Set(lines.map(({ type }) => type))];
  }
  return [];
}

/** The names that a host is looked up by, best first. */
export function lookupNames(
  hostName: string,
  port: number,
  hostKeyAlias: string | undefined,
): readonly string[] {
  if (hostKeyAlias !== undefined) return [hostKeyAlias];
  const name = hostName.toLowerCase();
  return port === 22 ? [name] : [`[${name}]:${port}`, name];
}

/** A line for `name`; hashed, so that nobody reads from the file which hosts there are. */
export function knownHostLine(name: string, key: Uint8Array, hashed: boolean): string {
  const salt = randomBytes(20);
  const hosts = hashed ? `|1|${salt.toString('base64')}|${hash(salt, name)}` : name;
  return `${hosts} ${keyType(key) ?? ''} ${Buffer.from(key).toString('base64')}\n`;
}

/** The type that a key in SSH's own format says it has. */
export function keyType(key: Uint8Array): string | undefined {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  if (bytes.length < 4) return undefined;
  const length = bytes.readUInt32BE(0);
  return length > 0 && length <= 100 && bytes.length > 4 + length
    ? bytes.toString('latin1', 4, 4 + length)
    : undefined;
}

function concerns({ hosts }: KnownHost, name: string): boolean {
  if (!hosts.startsWith('|')) return matchesHostList(name, hosts);
  const [, salt, hashed] = /^\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(hosts) ?? [];
  return salt !== undefined && hash(Buffer.from(salt, 'base64'), name) === hashed;
}

function hash(salt: Buffer, name: string): string {
  return createHmac('sha1', salt).update(name).digest('base64');
}
