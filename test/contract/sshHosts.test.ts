import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from '../../src/core/machine';
import type { Provider } from '../../src/core/provider';
import { defaultSettings, type Settings } from '../../src/core/settings';
import { SshMachine } from '../../src/providers/ssh/link/sshMachine';
import { SshProvider } from '../../src/providers/ssh/ssh';
import { SshdServer } from '../fakes/sshd/sshdServer';

const never = new AbortController().signal;

describe('hosts of an ssh_config, reached as ssh would', () => {
  let near: SshdServer;
  let far: SshdServer;
  let folder: string;
  let answers: boolean[];
  let secrets: string[];
  let asked: string[];
  const opened: SshMachine[] = [];

  beforeAll(async () => {
    [near, far] = await Promise.all([SshdServer.start(), SshdServer.start({ address: '127.0.0.2' })]);
  });
  afterAll(() => Promise.all([near.stop(), far.stop()]));
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trainyard-hosts-'));
    [answers, secrets, asked] = [[], [], []];
  });
  afterEach(async () => {
    for (const machine of opened.splice(0)) machine.dispose();
    await rm(folder, { recursive: true });
  });

  function provider(config: string, trusted = true): SshProvider {
    const settings: Settings = { ...defaultSettings, 'trainyard.ssh.configFile': config };
    const nothing = () => undefined;
    const ask = <T>(message: string, list: T[]): Promise<T | undefined> => {
      asked.push(message);
      return Promise.resolve(list.shift());
    };
    const context = {
      log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
      setting: <K extends keyof Settings>(name: K) => settings[name],
      now: Date.now,
      remoteFolder: '',
      home: join(folder, 'state'),
      prompts: {
        secret: ({ message }: { message: string }) => ask(message, secrets),
        confirm: async ({ message, detail }: { message: string; detail: string }) =>
          (await ask(`${message} ${detail}`, answers)) === true,
        visit: () => Promise.resolve(false),
        choose: () => Promise.resolve(undefined),
      },
      secrets: { get: () => Promise.resolve(undefined), delete: () => Promise.resolve() },
      trusted: () => trusted,
    };
    return new SshProvider(context, (parts) => {
      const machine = new SshMachine(parts);
      opened.push(machine);
      return machine;
    });
  }

  const write = async (text: string) => {
    const path = join(folder, 'config');
    await writeFile(path, text);
    return path;
  };
  const machineOf = async (ssh: Provider, id: string): Promise<Machine> => {
    const connection = (await ssh.connections()).find((one) => one.id === id);
    if (!connection?.instances) throw new Error(`No ${id}`);
    return connection.instances.machine(id);
  };
  const said = async (machine: Machine) =>
    (await machine.run(['printenv', 'TRAINYARD_TEST_SSHD'], {}, never)).stdout;

  it.each([true, false])('through a jump host, with ssh to ask (%s) or not', async (trusted) => {
    const path = await write(`${near.configText('near')}${far.configText('far')}  ProxyJump near\n`);
    const ssh = provider(path, trusted);
    expect(await said(await machineOf(ssh, 'ssh/far'))).not.toBe(
      await said(await machineOf(ssh, 'ssh/near')),
    );
    expect(asked).toEqual([]);
  });

  it('a new key is asked about once, kept in known_hosts, and then known to ssh too', async () => {
    const known = join(folder, 'known_hosts');
    const text = near
      .configText('near')
      .replaceAll(/.*(HostKeyAlias|UserKnownHostsFile).*\n/g, '')
      .concat(`  UserKnownHostsFile ${known}\n  HashKnownHosts yes\n`);
    const path = await write(text);
    answers.push(true);
    await said(await machineOf(provider(path), 'ssh/near'));
    expect(asked).toHaveLength(1);
    const print =
      execFileSync('ssh-keygen', ['-l', '-f', `${near.hostKeyPath}.pub`])
        .toString()
        .split(' ')[1] ?? '';
    expect(asked[0]).toContain(print);
    await said(await machineOf(provider(path), 'ssh/near'));
    expect(asked).toHaveLength(1);
    const argv = ['-F', path, '-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes', 'near', 'echo hello'];
    expect(execFileSync('ssh', argv, { stdio: 'pipe' }).toString()).toContain('hello');
    // Its old key, in the place of the new one.
    await writeFile(known, (await readFile(known, 'utf8')).replace(/ ssh-ed25519 .*/, ` ${far.hostKey}`));
    const changed = said(await machineOf(provider(path), 'ssh/near'));
    await expect(changed).rejects.toMatchObject({
      kind: 'forbidden',
      message: expect.stringContaining(`${known}:1`) as string,
    });
  });

  it('the type of key that is known is asked for, where the server has several', async () => {
    const rsa = join(folder, 'rsa');
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-N', '', '-f', rsa]);
    const server = await SshdServer.start({ config: [`HostKey ${rsa}`] });
    const known = join(folder, 'known_hosts');
    await writeFile(known, `[${server.address}]:${server.port} ${await readFile(`${rsa}.pub`, 'utf8')}`);
    const path = await write(server.configText('both').replace(server.knownHostsPath, known));
    await said(await machineOf(provider(path), 'ssh/both'));
    expect(asked).toEqual([]);
    await server.stop();
  });

  it('a host that was added by hand, with an encrypted key whose passphrase is asked for once', async () => {
    const key = join(folder, 'a key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'open sesame', '-a', '4', '-f', key]);
    near.authorize(await readFile(`${key}.pub`, 'utf8'));
    const path = await write(
      `Host *\n  UserKnownHostsFile ${near.knownHostsPath}\n  IdentityAgent none\n  IdentitiesOnly yes\n`,
    );
    const ssh = provider(path);
    answers.push(true);
    const id = await ssh.adding.add(`ssh ${near.user}@${near.address} -p ${near.port} -i '${key}'`, never);
    expect(await readFile(path, 'utf8')).toMatch(/^# Machines[^]*Include [^]*Host \*\n/);
    secrets.push('wrong', 'open sesame');
    const machine = await machineOf(ssh, id);
    await said(machine);
    for (const one of opened.splice(0)) one.dispose();
    expect(asked).toHaveLength(3);
    expect(JSON.stringify(asked)).not.toContain('sesame');
    // The passphrase that is remembered is the key itself, unlocked: another machine with it asks nothing.
    const second = await ssh.adding.add(`ssh ${near.user}@${near.address}:${near.port} -i '${key}'`, never);
    await said(await machineOf(ssh, second));
    expect(asked).toHaveLength(3);
  });
});
