import { createPrivateKey, type KeyObject } from 'node:crypto';
import { ProviderError } from '../../../core/errors';

/**
 * A private key in PEM (PKCS#1, SEC1, PKCS#8), which ssh2 reads in part, as text that it reads. Throws Node's own errors where
 * it can't be parsed, and `ProviderError` of kind `invalid` for a type that SSH has not.
 */
export function pemForSsh(pem: string, passphrase: string | undefined): string {
  const key = createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString();
  if (key.asymmetricKeyType === 'ec' && curve !== undefined && curves.has(curve))
    return key.export({ type: 'sec1', format: 'pem' }).toString();
  if (key.asymmetricKeyType === 'ed25519') return opensshEd25519(key);
  throw new ProviderError(
    'invalid',
    `SSH has no keys of this type: ${[key.asymmetricKeyType ?? 'unknown', curve].filter(Boolean).join(' ')}`,
  );
}

const curves = new Set(['prime256v1', 'P-256', 'secp384r1', 'P-384', 'secp521r1', 'P-521']);

/** As `ssh-keygen` writes it, without a passphrase (OpenSSH's PROTOCOL.key). */
function opensshEd25519(key: KeyObject): string {
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  const publicKey = Buffer.from(x, 'base64url');
  const publicBlob = Buffer.concat([field('ssh-ed25519'), field(publicKey)]);
  const secret = Buffer.concat([
    // Two equal check numbers, which only matter with a passphrase.
    Buffer.alloc(8),
    publicBlob,
    field(Buffer.concat([Buffer.from(d, 'base64url'), publicKey])),
    field(''),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    Buffer.from([0, 0, 0, 1]),
    field(publicBlob),
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = whole.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join(
    '\n',
  );
}

function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
