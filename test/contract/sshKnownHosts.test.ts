import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/node/process';
import { KnownHostsFiles } from '../../src/providers/ssh/hosts/hostKeys';
import type { HostConfig } from '../../src/providers/ssh/hostConfig';
import { SshdServer } from '../fakes/sshd/sshdServer';

/** A server's own key and others, as `type base64`. */
interface Keys {
  readonly own: string;
  readonly other: string;
  readonly rsa: string;
  readonly ecdsa: string;
}

interface Case {
  readonly host?: string;
  readonly port?: number;
  readonly alias?: string;
  /** What stands in the user's file, and in the system's. */
  readonly files: (keys: Keys) => readonly [string, string?];
}

const salt = Buffer.from('01234567890123456789');
const hashed = (name: string) =>
  `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
const line = (text: (keys: Keys) => string, rest: Omit<Case, 'files'> = {}): Case => ({
  ...rest,
  files: (keys) => [text(keys)],
});

const cases: Readonly<Record<string, Case>> = {
  'no file at all': line(() => ''),
  'its key': line(({ own }) => `gpu.lab ${own}`),
  'another key': line(({ other }) => `gpu.lab ${other}`),
  'another key, then its own': line(({ own, other }) => `gpu.lab ${other}\ngpu.lab ${own}`),
  'its own key, then another': line(({ own, other }) => `gpu.lab ${own}\ngpu.lab ${other}`),
  'two other keys': line(({ other }) => `gpu.lab ${other}\n\ngpu.lab ${other}`),
  'a key of another type': line(({ rsa }) => `gpu.lab ${rsa}`),
  'keys of two other types': line(({ rsa, ecdsa }) => `gpu.lab ${rsa}\ngpu.lab ${ecdsa}`),
  'another key and one of another type after it': line(
    ({ other, rsa }) => `gpu.lab ${other}\ngpu.lab ${rsa}`,
  ),
  'a comment behind the key': line(({ own }) => `gpu.lab ${own} me@there, 2024`),
  'comments, empty lines and garbage around it': line(
    ({ own }) =>
      `# gpu.lab\n\n   \nnonsense\ngpu.lab\ngpu.lab ssh-ed25519\ngpu.lab ssh-ed25519 !!!\n\t gpu.lab\t${own}`,
  ),
  'only a comment': line(({ own }) => `# gpu.lab ${own}`),
  'a type that is not the key’s': line(({ own }) => `gpu.lab ${own.replace('ssh-ed25519', 'ssh-rsa')}`),
  'ends of lines as on Windows': line(({ own }) => `gpu.lab ${own}\r\nx y\r\n`),
  'a list of names': line(({ own }) => `a,gpu.lab,10.0.0.1 ${own}`),
  'a list without it': line(({ own }) => `a,gpu.lab2,10.0.0.1 ${own}`),
  'capitals in the file': line(({ own }) => `GPU.Lab ${own}`),
  'capitals in the name': line(({ own }) => `gpu.lab ${own}`, { host: 'GPU.lab' }),
  'a wildcard': line(({ own }) => `*.lab ${own}`),
  'a wildcard for one character': line(({ own }) => `gpu?lab ${own}`),
  'a wildcard that does not fit': line(({ own }) => `*.labs,?pu.la ${own}`),
  'a wildcard with an exception for it': line(({ own }) => `*.lab,!gpu.lab ${own}`),
  'an exception before the wildcard': line(({ own }) => `!gpu.*,*.lab ${own}`),
  'an exception for another': line(({ own }) => `*,!other ${own}`),
  'only an exception': line(({ own }) => `!other ${own}`),
  'a hashed name': line(({ own }) => `${hashed('gpu.lab')} ${own}`),
  'a hashed name with another key': line(({ other }) => `${hashed('gpu.lab')} ${other}`),
  'another’s hashed name': line(({ own }) => `${hashed('gpu.lab2')} ${own}`),
  'a broken hash': line(({ own }) => `|1|xx|yy ${own}\n|2|a|b ${own}\n|1|x ${own}`),
  'a revoked key': line(({ own }) => `@revoked * ${own}`),
  'a key that is known and revoked': line(({ own }) => `gpu.lab ${own}\n@revoked gpu.lab ${own}`),
  'another revoked key': line(({ own, other }) => `@revoked * ${other}\ngpu.lab ${own}`),
  'only another revoked key': line(({ other }) => `@revoked gpu.lab ${other}`),
  'a key revoked for another host': line(({ own }) => `@revoked other ${own}\ngpu.lab ${own}`),
  'a revoked key under a hashed name': line(({ own }) => `@revoked ${hashed('gpu.lab')} ${own}`),
  'a certificate authority': line(({ own }) => `@cert-authority * ${own}`),
  'a certificate authority with another key': line(({ other }) => `@cert-authority gpu.lab ${other}`),
  'an unknown marker': line(({ own }) => `@trusted gpu.lab ${own}`),
  'two markers': line(({ own }) => `@revoked @revoked gpu.lab ${own}`),
  'a port': line(({ own }) => `[gpu.lab]:2222 ${own}`, { port: 2222 }),
  'another port': line(({ own }) => `[gpu.lab]:2223 ${own}`, { port: 2222 }),
  'another key at that port': line(({ other }) => `[gpu.lab]:2222 ${other}`, { port: 2222 }),
  'the name without the port': line(({ own }) => `gpu.lab ${own}`, { port: 2222 }),
  'another key under the name without the port': line(({ other }) => `gpu.lab ${other}`, { port: 2222 }),
  'another key at the port, its own without': line(
    ({ own, other }) => `[gpu.lab]:2222 ${other}\ngpu.lab ${own}`,
    { port: 2222 },
  ),
  'a revoked key without the port': line(({ own }) => `@revoked gpu.lab ${own}`, { port: 2222 }),
  'a port where it is the usual one': line(({ own }) => `[gpu.lab]:22 ${own}`),
  'a wildcard with a port': line(({ own }) => `[*.lab]:2222 ${own}`, { port: 2222 }),
  'a hashed name with a port': line(({ own }) => `${hashed('[gpu.lab]:2222')} ${own}`, { port: 2222 }),
  'an alias': line(({ own }) => `alias ${own}`, { alias: 'alias', port: 2222 }),
  'an alias, and only the name is known': line(({ own }) => `gpu.lab ${own}`, { alias: 'alias' }),
  'an alias in capitals': line(({ own }) => `alias ${own}`, { alias: 'Alias' }),
  'an IPv6 address': line(({ own }) => `fe80::1 ${own}`, { host: 'fe80::1' }),
  'an IPv6 address with a port': line(({ own }) => `[fe80::1]:2222 ${own}`, { host: 'fe80::1', port: 2222 }),
  'the system’s file': { files: ({ own }) => ['', `gpu.lab ${own}`] },
  'another key in the system’s file': { files: ({ own, other }) => [`gpu.lab ${own}`, `gpu.lab ${other}`] },
  'only another key in the system’s file': { files: ({ other }) => ['x y', `#\ngpu.lab ${other}`] },
  'another key in both files': { files: ({ other }) => [`gpu.lab ${other}`, `\ngpu.lab ${other}`] },
  'a key that the system’s file revokes': { files: ({ own }) => [`gpu.lab ${own}`, `@revoked * ${own}`] },
};

describe('known_hosts', () => {
  let folder: string;
  let server: SshdServer;
  let keys: Keys;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trainyard-known-'));
    server = await SshdServer.start();
    const make = async (type: string, name: string) => {
      const path = join(folder, name);
      execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', path]);
      return (await readFile(`${path}.pub`, 'utf8')).trim();
    };
    keys = {
      own: server.hostKey,
      other: await make('ed25519', 'other'),
      rsa: await make('rsa', 'rsa'),
      ecdsa: await make('ecdsa', 'ecdsa'),
    };
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it.each(Object.entries(cases))('with %s mean what they mean to ssh', async (_, { files, ...where }) => {
    const { host = 'gpu.lab', port = 22, alias } = where;
    const paths = [join(folder, 'user'), join(folder, 'system')] as const;
    const texts = files(keys);
    for (const [index, path] of paths.entries()) await writeFile(path, `${texts[index] ?? ''}\n`);
    const config: HostConfig = server.hostConfig('x', {
      hostName: host.toLowerCase(),
      port,
      knownHostsFiles: paths,
      hostKeyAlias: alias,
    });
    const key = Buffer.from(keys.own.split(' ')[1] ?? '', 'base64');
    const verdict = await new KnownHostsFiles({ info: () => undefined, warn: () => undefined }).verdict(
      config,
      key,
    );
    // Where a key is revoked ssh does not say.
    const comparable = verdict.kind === 'revoked' ? { kind: verdict.kind } : verdict;
    expect(comparable).toEqual(await verdictOfSsh(host, port, alias, paths));
  });

  async function verdictOfSsh(
    host: string,
    port: number,
    alias: string | undefined,
    [user, system]: readonly [string, string],
  ) {
    const relay = `const s=require('net').connect(${server.port},'${server.address}');process.stdin.pipe(s).pipe(process.stdout)`;
    const options = [
      `ProxyCommand='${process.execPath}' -e "${relay}"`,
      `UserKnownHostsFile=${user}`,
      `GlobalKnownHostsFile=${system}`,
      'StrictHostKeyChecking=yes',
      'BatchMode=yes',
      'IdentityAgent=none',
      'IdentitiesOnly=yes',
      ...(alias === undefined ? [] : [`HostKeyAlias=${alias}`]),
    ].flatMap((option) => ['-o', option]);
    const argv = ['ssh', '-F', 'none', ...options, '-i', server.clientKeyPath, '-p', String(port)] as const;
    const { stderr, code } = await run([...argv, `${server.user}@${host}`, 'true']);
    if (code === 0) return { kind: 'known' };
    if (stderr.includes('REVOKED HOST KEY DETECTED')) return { kind: 'revoked' };
    if (stderr.includes('HOST IDENTIFICATION HAS CHANGED'))
      return { kind: 'changed', where: /Offending \w+ key in (.*:\d+)/.exec(stderr)?.[1] };
    if (/No \w+ host key is known for/.test(stderr)) return { kind: 'unknown' };
    throw new Error(stderr);
  }
});
