import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KnownHostsFiles } from '../../../../../src/providers/ssh/hosts/hostKeys';
import type { HostConfig } from '../../../../../src/providers/ssh/hostConfig';
import { testFolder } from './folder';

const key = (type: string, fill: number) => {
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  return Buffer.concat([field(Buffer.from(type)), field(Buffer.alloc(32, fill))]);
};
const ed25519 = key('ssh-ed25519', 1);
const line = (name: string, bytes: Buffer, type = 'ssh-ed25519') =>
  `${name} ${type} ${bytes.toString('base64')}\n`;

function config(path: string, changed: Partial<HostConfig> = {}): HostConfig {
  return {
    alias: 'x',
    hostName: 'gpu.lab',
    port: 22,
    user: 'me',
    identityFiles: [],
    identitiesOnly: false,
    identityAgent: undefined,
    forwardAgent: false,
    jumps: [],
    proxyCommand: undefined,
    knownHostsFiles: [path],
    newKeys: { path, hashed: false },
    hostKeyAlias: undefined,
    strictHostKeyChecking: 'ask',
    hostKeyAlgorithms: undefined,
    connectTimeout: undefined,
    ...changed,
  };
}

const files = (warnings: string[] = []) =>
  new KnownHostsFiles({ info: () => undefined, warn: (text) => warnings.push(text) });

describe('a new host key', () => {
  it('is added to a file that is made for the user only, and is known from then on', async () => {
    const path = join(await testFolder(), 'deep', '.ssh', 'known_hosts');
    const host = config(path);
    expect(await files().verdict(host, ed25519)).toEqual({ kind: 'unknown' });
    await files().remember(host, ed25519);
    expect(await readFile(path, 'utf8')).toBe(line('gpu.lab', ed25519));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
    expect(await files().verdict(host, ed25519)).toEqual({ kind: 'known' });
  });

  it('stands on a line of its own, under its port, and as OpenSSH finds it', async () => {
    const path = join(await testFolder(), 'known_hosts');
    await writeFile(path, 'other ssh-rsa AAAA');
    await files().remember(config(path, { port: 2222, hostName: 'GPU.lab' }), ed25519);
    expect(await readFile(path, 'utf8')).toBe(`other ssh-rsa AAAA\n${line('[gpu.lab]:2222', ed25519)}`);
    expect(execFileSync('ssh-keygen', ['-F', '[gpu.lab]:2222', '-f', path]).toString()).toContain(
      'found: line 2',
    );
  });

  it('has no readable name where names are to be hashed', async () => {
    const path = join(await testFolder(), 'known_hosts');
    const host = config(path, { newKeys: { path, hashed: true } });
    await files().remember(host, ed25519);
    expect(await readFile(path, 'utf8')).toMatch(/^\|1\|\S+\|\S+ ssh-ed25519 /);
    expect(execFileSync('ssh-keygen', ['-F', 'gpu.lab', '-f', path]).toString()).toContain('found: line 1');
    expect(await files().verdict(host, ed25519)).toEqual({ kind: 'known' });
  });

  it('is not kept where nothing is to be written, in what is no file, or through a link to nothing', async () => {
    const folder = await testFolder();
    const warnings: string[] = [];
    const [link, path] = [join(folder, 'link'), join(folder, 'known_hosts')];
    await symlink(path, link);
    await files(warnings).remember(
      config('/dev/null', { newKeys: { path: '/dev/null', hashed: false } }),
      ed25519,
    );
    await files(warnings).remember(config(link), ed25519);
    await files(warnings).remember({ ...config(path), newKeys: undefined } as unknown as HostConfig, ed25519);
    await expect(stat(path)).rejects.toThrow();
  });

  it.runIf(process.getuid?.() !== 0)('is not kept in another’s file', async () => {
    const warnings: string[] = [];
    await files(warnings).remember(config('/etc/passwd'), ed25519);
    expect(warnings.join()).toContain('/etc/passwd');
  });

  it('that can’t be kept is a warning and no failure', async () => {
    const folder = await testFolder();
    await mkdir(join(folder, 'known_hosts'));
    const warnings: string[] = [];
    await files(warnings).remember(config(join(folder, 'known_hosts')), ed25519);
    expect(warnings).toHaveLength(1);
  });
});

describe('types of known keys', () => {
  it('are those under the host’s name, each once, or none', async () => {
    const path = join(await testFolder(), 'known_hosts');
    const rsa = key('ssh-rsa', 2);
    await writeFile(
      path,
      `${line('gpu.lab', rsa, 'ssh-rsa')}${line('*.lab', key('ssh-rsa', 3), 'ssh-rsa')}${line('gpu.lab', ed25519)}@revoked ${line('gpu.lab', key('ecdsa', 1), 'ecdsa')}`,
    );
    expect(await files().preferred(config(path))).toEqual(['ssh-rsa', 'ssh-ed25519']);
    expect(await files().preferred(config(path, { port: 2222 }))).toEqual(['ssh-rsa', 'ssh-ed25519']);
    expect(await files().preferred(config(path, { hostName: 'other' }))).toBeUndefined();
  });

  it('a file that can’t be read counts as empty and is warned of', async () => {
    if (process.getuid?.() === 0) return;
    const path = join(await testFolder(), 'known_hosts');
    await writeFile(path, line('gpu.lab', ed25519));
    await chmod(path, 0);
    const warnings: string[] = [];
    expect(await files(warnings).verdict(config(path), ed25519)).toEqual({ kind: 'unknown' });
    expect(warnings).toHaveLength(1);
  });
});
