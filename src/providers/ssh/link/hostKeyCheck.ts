import { createHash } from 'node:crypto';
import { DeclinedError, ProviderError } from '../../../core/errors';
import type { HostConfig } from '../hostConfig';
import type { Credentials } from './credentials';
import type { HostKeys } from './parts';
import type { Questions } from './questions';

/**
 * Whether the server is who it should be. Throws `ProviderError` where it is not: `forbidden` for a key that is not the known one, which
 * nobody can agree to here; `auth` where a person would have to be asked and can't be, or said no.
 */
export async function checkHostKey(
  config: HostConfig,
  key: Uint8Array,
  hostKeys: HostKeys,
  credentials: Credentials,
  questions: Questions,
): Promise<void> {
  const verdict = await hostKeys.verdict(config, key);
  const { alias } = config;
  const print = fingerprint(key);
  switch (verdict.kind) {
    case 'known':
      return;
    case 'changed':
      throw new ProviderError(
        'forbidden',
        `${alias} showed another key than the one that is known, so nothing was sent to it. Somebody may be in between, or the machine was set up anew. Ask whoever runs it for its fingerprint; if it is ${print}, remove the old key and attach again: ${verdict.where}`,
      );
    case 'revoked':
      throw new ProviderError(
        'forbidden',
        `${alias} showed a key that is marked as revoked, so nothing was sent to it. Ask whoever runs it for its new key: ${verdict.where}`,
      );
    case 'unknown':
      if (credentials.trusts(config, print)) return;
      await agree(config, key, print, questions);
      credentials.trust(config, print);
      await hostKeys.remember(config, key);
  }
}

async function agree(
  config: HostConfig,
  key: Uint8Array,
  print: string,
  questions: Questions,
): Promise<void> {
  const { alias } = config;
  switch (config.strictHostKeyChecking) {
    case 'no':
    case 'accept-new':
      return;
    case 'yes':
      throw new ProviderError(
        'forbidden',
        `${alias} has a key that is not known, and StrictHostKeyChecking says that it must be. Add it to ${config.knownHostsFiles[0] ?? 'known_hosts'} if it is right: ${print}`,
      );
    case 'ask': {
      const yes = await questions.confirm(alias, 'a yes to its key, which is seen for the first time', {
        message: `Is this the key of ${alias}?`,
        detail: `${config.hostName}, port ${config.port}, is reached for the first time. It showed this key (${keyType(key)}):\n${print}\nCompare it with what whoever runs the machine says. A yes is remembered.`,
        yes: 'Trust This Key',
      });
      if (!yes)
        throw new DeclinedError('auth', `The key of ${alias} was not agreed to, so nothing was sent to it.`);
    }
  }
}

/** As OpenSSH writes it: `SHA256:` and base64 without its padding. */
export function fingerprint(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** Such as `ssh-ed25519`: a key begins with its type, in four bytes of length and so many of text. */
export function keyType(key: Uint8Array): string {
  const bytes = Buffer.from(key);
  const length = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  return bytes
    .subarray(4, 4 + Math.min(length, 64))
    .toString('latin1')
    .replace(/[^\w@.-]/g, '?');
}

/**
 * Types of host keys in the order in which they are asked for: those that are known first, or a server with several keys would show one that
 * is not known, which looks like a change.
 */
export function wantedHostKeys(
  supported: readonly string[],
  configured: readonly string[] | undefined,
  known: readonly string[] | undefined,
): string[] {
  const usable = configured?.filter((name) => supported.includes(name)) ?? [];
  const all = usable.length > 0 ? usable : supported;
  const first = new Set((known ?? []).flatMap((type) => (type === 'ssh-rsa' ? rsa : [type])));
  return [...all.filter((name) => first.has(name)), ...all.filter((name) => !first.has(name))];
}

/** One RSA key signs in three ways. */
const rsa = ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'];
