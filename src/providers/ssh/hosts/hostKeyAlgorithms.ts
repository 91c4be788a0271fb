import { matchesPattern } from './hostPattern';

/** What a HostKeyAlgorithms means: `+` adds to the default, `-` takes from it, `^` puts first; else it is the list itself. */
export function hostKeyAlgorithms(given: string): string {
  const patterns = given.replace(/^[+^-]/, '').split(',');
  const fits = (name: string) => patterns.some((pattern) => matchesPattern(name, pattern));
  switch (given[0]) {
    case '-':
      return defaults.filter((name) => !fits(name)).join(',');
    case '+':
      return [...new Set([...defaults, ...chosen(patterns)])].join(',');
    case '^':
      return [...new Set([...chosen(patterns), ...defaults])].join(',');
    default:
      return [...new Set(chosen(patterns))].join(',');
  }
}

function chosen(patterns: readonly string[]): readonly string[] {
  return patterns.flatMap((pattern) => all.filter((name) => matchesPattern(name, pattern)));
}

const plain = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'];
const keys = ['sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com'];
const rsa = ['rsa-sha2-512', 'rsa-sha2-256'];
const certificate = (name: string) => `${name.replace('@openssh.com', '')}-cert-v01@openssh.com`;

/** OpenSSH 9.2, KEX_DEFAULT_PK_ALG. */
const defaults = [...[...plain, ...keys, ...rsa].map(certificate), ...plain, ...keys, ...rsa];

/** All that it knows, in the order of `ssh -Q HostKeyAlgorithms`. */
const all = [
  ...['ssh-ed25519', 'sk-ssh-ed25519@openssh.com', ...plain.slice(1), 'sk-ecdsa-sha2-nistp256@openssh.com'],
  ...['webauthn-sk-ecdsa-sha2-nistp256@openssh.com', 'ssh-dss', 'ssh-rsa', 'rsa-sha2-256', 'rsa-sha2-512'],
].flatMap((name) => (name.startsWith('webauthn') ? [name] : [name, certificate(name)]));

export const defaultHostKeyAlgorithms = defaults.join(',');
