import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ParsedKey } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { KeyFiles } from '../../../../../src/providers/ssh/hosts/keyFiles';
import { testFolder } from './folder';

const passphrase = 'pass ö "word"';
const keyFiles = (warnings: string[] = []) => new KeyFiles({ warn: (text) => warnings.push(text) });

function keygen(path: string, type: string, secret: string, ...more: readonly string[]): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', secret, '-C', 'c', '-f', path, ...more]);
}

/** What ssh-keygen says the public half of a key is, as `type base64`. */
function publicOf(path: string, secret: string): string {
  const text = execFileSync('ssh-keygen', ['-y', '-P', secret, '-f', path]).toString();
  return text.trim().split(' ').slice(0, 2).join(' ');
}

const shown = (key: ParsedKey) => `${key.type} ${key.getPublicSSH().toString('base64')}`;

function signs(key: ParsedKey): boolean {
  const algorithm = key.type === 'ssh-rsa' ? 'sha256' : undefined;
  return key.verify('data', key.sign('data', algorithm), algorithm);
}

/** Each way in which keys are written. RSA keys are small, because only their form matters. */
const written: Readonly<Record<string, (path: string, secret: string) => void>> = {
  'OpenSSH ed25519': (path, secret) => {
    keygen(path, 'ed25519', secret, '-a', '2');
  },
  'OpenSSH RSA': (path, secret) => {
    keygen(path, 'rsa', secret, '-b', '1024', '-a', '2');
  },
  'OpenSSH ECDSA 521': (path, secret) => {
    keygen(path, 'ecdsa', secret, '-b', '521', '-a', '2');
  },
  'PEM RSA': (path, secret) => {
    keygen(path, 'rsa', secret, '-b', '1024', '-m', 'PEM');
  },
  'PEM ECDSA': (path, secret) => {
    keygen(path, 'ecdsa', secret, '-b', '256', '-m', 'PEM');
  },
  'PKCS#8 RSA': (path, secret) => {
    keygen(path, 'rsa', secret, '-b', '1024', '-m', 'PKCS8');
  },
  'PKCS#8 ECDSA 384': (path, secret) => {
    keygen(path, 'ecdsa', secret, '-b', '384', '-m', 'PKCS8');
  },
};

describe('a private key', () => {
  it.each(Object.entries(written))('in %s is read, plain and with a passphrase', async (_, write) => {
    const folder = await testFolder();
    for (const secret of ['', passphrase]) {
      const path = join(folder, `key${secret.length}`);
      write(path, secret);
      const file = await keyFiles().get(path);
      expect(file?.encrypted).toBe(secret !== '');
      if (!file) return;
      if (file.encrypted) {
        await expect(file.unlock(undefined)).rejects.toMatchObject({ kind: 'auth' });
        await expect(file.unlock('wrong')).rejects.toMatchObject({
          kind: 'auth',
          message: /not the key’s passphrase/,
        });
      }
      const key = await file.unlock(file.encrypted ? secret : undefined);
      expect(shown(key)).toBe(publicOf(path, secret));
      expect(signs(key)).toBe(true);
    }
  });

  it('in PKCS#8 ed25519 is read, plain and with a passphrase, and is the same key to ssh-keygen', async () => {
    const path = join(await testFolder(), 'key');
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    const cipher = { cipher: 'aes-256-cbc', passphrase };
    for (const options of [{}, cipher]) {
      await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem', ...options }));
      const file = await keyFiles().get(path);
      const key = await file?.unlock('cipher' in options ? passphrase : undefined);
      expect(key?.getPublicSSH().subarray(-32)).toEqual(raw);
      expect(key && signs(key)).toBe(true);
    }
  });

  it('of PuTTY’s older form is read', async () => {
    // A sample of ssh2's own tests.
    const file = await keyFiles().get('node_modules/ssh2/test/fixtures/keyParser/ppk_rsa_enc');
    expect(file?.encrypted).toBe(true);
    await expect(file?.unlock('wrong')).rejects.toMatchObject({ kind: 'auth' });
    expect((await file?.unlock('node.js'))?.type).toBe('ssh-rsa');
  });

  it.each([
    ['nothing', '', /no private key/],
    ['a public key', 'ssh-ed25519 AAAA me', /no private key/],
    ['half of one', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n', /no private key/],
    [
      'garbage between right lines',
      '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n',
      /can’t be used/,
    ],
    ['PuTTY’s newer form', 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n', /PuTTYgen/],
    ['DSA', '-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----\n', /DSA/],
    [
      'a type that SSH has not',
      generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      /x25519/,
    ],
    [
      'a curve that SSH has not',
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
        .privateKey.export({ type: 'sec1', format: 'pem' })
        .toString(),
      /secp256k1/,
    ],
  ])('that is %s can’t be used, which is not a wrong passphrase', async (_, text, why) => {
    const path = join(await testFolder(), 'key');
    await writeFile(path, text);
    const used = keyFiles()
      .get(path)
      .then((file) => file?.unlock(undefined));
    await expect(used).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(why) as string,
    });
  });

  it('on a security key is sent to the agent', async () => {
    const field = (text: string) =>
      Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text, 'latin1')]);
    const type = field('sk-ssh-ed25519@openssh.com').toString('latin1');
    const bytes = Buffer.concat([
      Buffer.from('openssh-key-v1\0'),
      field('none'),
      field('none'),
      field(''),
      Buffer.from([0, 0, 0, 1]),
      field(type),
    ]);
    const path = join(await testFolder(), 'key');
    const label = 'OPENSSH PRIVATE KEY';
    await writeFile(path, `-----BEGIN ${label}-----\n${bytes.toString('base64')}\n-----END ${label}-----\n`);
    await expect(keyFiles().get(path)).rejects.toMatchObject({ kind: 'invalid', message: /ssh-add/ });
  });

  it('that is not there is none', async () => {
    expect(await keyFiles().get('/no/such/key')).toBeUndefined();
  });

  it('is unlocked once, until the file is another', async () => {
    const folder = await testFolder();
    const [path, other] = [join(folder, 'a'), join(folder, 'b')];
    keygen(path, 'ed25519', passphrase, '-a', '2');
    keygen(other, 'ed25519', 'other', '-a', '2');
    const files = keyFiles();
    const key = await (await files.get(path))?.unlock(passphrase);
    const again = await files.get(path);
    expect(again?.encrypted).toBe(false);
    expect(await again?.unlock(undefined)).toBe(key);
    await copyFile(other, path);
    expect((await files.get(path))?.encrypted).toBe(true);
  });

  it('that others may read is used, with a word of warning, once', async () => {
    const path = join(await testFolder(), 'key');
    keygen(path, 'ed25519', '');
    await chmod(path, 0o644);
    const warnings: string[] = [];
    const files = keyFiles(warnings);
    for (let time = 0; time < 2; time++) expect(await files.get(path)).toBeDefined();
    expect(warnings).toEqual([expect.stringContaining(path)]);
    expect(warnings.join()).not.toContain(await readFile(path, 'utf8'));
  });
});
