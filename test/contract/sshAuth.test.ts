import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DeclinedError } from '../../src/core/errors';
import { SshMachine } from '../../src/providers/ssh/link/sshMachine';
import type { HostConfig } from '../../src/providers/ssh/hostConfig';
import { SshPerson } from '../fakes/sshd/sshPerson';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { until } from '../fakes/until';

const { signal } = new AbortController();

describe('signing in', () => {
  const machines: SshMachine[] = [];
  const servers: SshdServer[] = [];
  let server: SshdServer;
  let folder = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'trainyard-auth-'));
    server = await started();
  });
  afterEach(() => {
    for (const machine of machines.splice(0)) machine.dispose();
  });
  afterAll(async () => {
    for (const one of servers) await one.stop();
    rmSync(folder, { recursive: true });
  });

  const started = async (options: Parameters<typeof SshdServer.start>[0] = {}) => {
    const one = await SshdServer.start(options);
    servers.push(one);
    return one;
  };
  const machineOf = (person: SshPerson, config: HostConfig | (() => HostConfig)) => {
    const machine = new SshMachine(person.parts(config), { connect: 10_000, firstRetry: 20 });
    machines.push(machine);
    return machine;
  };
  const works = async (machine: SshMachine) => {
    await machine.attach({}, signal);
    expect((await machine.run(['echo', 'in'], {}, signal)).stdout).toBe('in\n');
  };
  const newKey = (name: string, words: readonly string[] = [], passphrase = '') => {
    const path = join(folder, name);
    execFileSync('ssh-keygen', ['-q', '-f', path, '-N', passphrase, '-C', name, ...words]);
    return path;
  };
  const publicOf = (path: string) => readFileSync(`${path}.pub`, 'utf8');

  describe('with keys', () => {
    it.each([
      ['ed25519', ['-t', 'ed25519']],
      ['ecdsa', ['-t', 'ecdsa']],
      ['rsa', ['-t', 'rsa', '-b', '2048']],
      ['rsa-pem', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
      ['rsa-pkcs8', ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8']],
    ])('takes a key of the kind %s', async (name, words) => {
      const path = newKey(name, words);
      server.authorize(publicOf(path));
      await works(machineOf(new SshPerson(), server.hostConfig('gpu', { identityFiles: [path] })));
    });

    it('asks the passphrase once, and never again for this machine', async () => {
      const path = newKey('locked', ['-t', 'ed25519', '-a', '4'], 'open sesame');
      server.authorize(publicOf(path));
      const person = new SshPerson();
      person.answers.push('wrong', 'open sesame');
      const machine = machineOf(person, server.hostConfig('gpu', { identityFiles: [path] }));
      await works(machine);
      expect(person.asked).toHaveLength(2);
      expect(person.asked[0]).toMatchObject({ keepAs: `ssh.passphrase.${path}` });
      expect(person.asked[0]).not.toHaveProperty('problem');
      expect(person.asked[1]).toHaveProperty('problem');
      server.cutSessions();
      await until('it is reconnecting', () => machine.status.state === 'reconnecting');
      expect((await machine.run(['echo', 'in'], { quiet: true }, signal)).stdout).toBe('in\n');
      expect(person.asked).toHaveLength(2);
    });

    it('takes a kept passphrase, and forgets one that is wrong', async () => {
      const path = newKey('kept', ['-t', 'ed25519', '-a', '4'], 'right');
      server.authorize(publicOf(path));
      const person = new SshPerson();
      const name = `ssh.passphrase.${path}`;
      const config = server.hostConfig('gpu', { identityFiles: [path] });
      person.kept.set(name, 'right');
      await works(machineOf(person, config));
      expect(person.asked).toEqual([]);
      person.kept.set(name, 'outdated');
      person.answers.push('right');
      await works(machineOf(person, config));
      expect(person.asked).toHaveLength(1);
      expect(person.kept.has(name)).toBe(false);
    });

    it('asks for no passphrase of a key that the server would not take', async () => {
      const path = newKey('stranger', ['-t', 'ed25519', '-a', '4'], 'never asked');
      const person = new SshPerson();
      const { identityFiles } = server.hostConfig('gpu');
      await works(machineOf(person, server.hostConfig('gpu', { identityFiles: [path, ...identityFiles] })));
      expect(person.asked).toEqual([]);
    });

    it('asks nobody when it is to be quiet, and then whoever can be asked', async () => {
      const path = newKey('quiet', ['-t', 'ed25519', '-a', '4'], 'pass');
      server.authorize(publicOf(path));
      const person = new SshPerson();
      const machine = machineOf(person, server.hostConfig('gpu', { identityFiles: [path] }));
      const quiet = machine.run(['true'], { quiet: true }, signal);
      person.answers.push('pass');
      const asking = machine.run(['echo', 'in'], {}, signal);
      await expect(quiet).rejects.toMatchObject({
        kind: 'auth',
        message: expect.stringContaining('passphrase') as string,
      });
      expect((await asking).stdout).toBe('in\n');
      expect(person.asked).toHaveLength(1);
    });

    it('takes an answer that came after the server had stopped waiting', async () => {
      const hasty = await started({ config: ['LoginGraceTime 4'] });
      const path = newKey('slow', ['-t', 'ed25519', '-a', '4'], 'at last');
      hasty.authorize(publicOf(path));
      const person = new SshPerson();
      person.secret = async (question) => {
        person.asked.push(question);
        await until('the server has given up', () => hasty.processes.length === 1);
        return 'at last';
      };
      await works(machineOf(person, hasty.hostConfig('gpu', { identityFiles: [path] })));
      expect(person.asked).toHaveLength(1);
    });

    it('says what it tried when no key is right', async () => {
      const path = newKey('useless', ['-t', 'ed25519']);
      const machine = machineOf(new SshPerson(), server.hostConfig('gpu', { identityFiles: [path] }));
      await expect(machine.attach({}, signal)).rejects.toMatchObject({
        kind: 'auth',
        message: expect.stringContaining(path) as string,
      });
      expect(machine.status).toMatchObject({
        state: 'detached',
        problem: expect.stringContaining('publickey') as string,
      });
    });

    it('says that too many keys were offered', async () => {
      const strict = await started({ config: ['MaxAuthTries 2'] });
      const paths = [1, 2, 3].map((number) => newKey(`many-${number}`, ['-t', 'ed25519']));
      const machine = machineOf(new SshPerson(), strict.hostConfig('gpu', { identityFiles: paths }));
      await expect(machine.attach({}, signal)).rejects.toMatchObject({
        kind: 'auth',
        message: expect.stringContaining('IdentitiesOnly') as string,
      });
    });
  });

  describe('with an agent', () => {
    let agent: ChildProcess;
    let socket = '';

    beforeAll(async () => {
      socket = join(folder, 'agent.sock');
      agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
      await once(agent.stdout ?? agent, 'data');
    });
    afterAll(() => agent.kill());
    const add = (path: string) => {
      execFileSync('ssh-add', ['-q', path], {
        env: { ...process.env, SSH_AUTH_SOCK: socket },
        stdio: 'ignore',
      });
    };

    it('says that it holds nothing, or is not there', async () => {
      const config = server.hostConfig('gpu', { identityFiles: [], identitiesOnly: false });
      const empty = machineOf(new SshPerson(), { ...config, identityAgent: socket });
      await expect(empty.attach({}, signal)).rejects.toThrow(/agent holds no keys/);
      const gone = machineOf(new SshPerson(), { ...config, identityAgent: join(folder, 'no.sock') });
      await expect(gone.attach({}, signal)).rejects.toThrow(/agent can’t be reached/);
      await works(
        machineOf(new SshPerson(), server.hostConfig('gpu', { identityAgent: join(folder, 'no.sock') })),
      );
    });

    it('takes the keys that it holds, and with IdentitiesOnly just those that are named', async () => {
      const [named, other] = [newKey('named', ['-t', 'ed25519']), newKey('other', ['-t', 'ed25519'])];
      add(other);
      add(named);
      server.authorize(publicOf(other));
      await works(
        machineOf(
          new SshPerson(),
          server.hostConfig('gpu', { identityFiles: [], identitiesOnly: false, identityAgent: socket }),
        ),
      );
      const only = machineOf(
        new SshPerson(),
        server.hostConfig('gpu', { identityFiles: [named], identityAgent: socket }),
      );
      await expect(only.attach({}, signal)).rejects.toMatchObject({ kind: 'auth' });
      server.authorize(publicOf(named));
      await works(
        machineOf(
          new SshPerson(),
          server.hostConfig('gpu', { identityFiles: [named], identityAgent: socket }),
        ),
      );
    });
  });

  describe.runIf(SshdServer.canAccounts)('with what is asked', () => {
    it.each([
      ['keyboard-interactive', 'PasswordAuthentication no'],
      ['password', 'KbdInteractiveAuthentication no'],
    ])('takes a password by %s, and keeps it for further connections', async (_name, line) => {
      const one = await started({ password: 'hunter2', config: [line] });
      const person = new SshPerson();
      person.answers.push('wrong', 'hunter2');
      const machine = machineOf(person, one.hostConfig('gpu', { identityFiles: [] }));
      await works(machine);
      expect(person.asked).toHaveLength(2);
      expect(person.asked[1]).toHaveProperty('problem');
      one.cutSessions();
      await until('it is reconnecting', () => machine.status.state === 'reconnecting');
      await machine.run(['true'], { quiet: true }, signal);
      expect(person.asked).toHaveLength(2);
      expect(JSON.stringify([person.log, machine.status])).not.toContain('hunter2');
    });

    it('says it when the password is wrong, and asks anew the next time', async () => {
      const one = await started({ password: 'right', config: ['KbdInteractiveAuthentication no'] });
      const person = new SshPerson();
      const machine = machineOf(person, one.hostConfig('gpu', { identityFiles: [] }));
      person.answers.push('a', 'b', 'c');
      await expect(machine.attach({}, signal)).rejects.toMatchObject({ kind: 'auth' });
      expect(person.asked).toHaveLength(3);
      person.answers.push('right');
      await works(machine);
      expect(person.asked).toHaveLength(4);
    });

    it.each([
      ['publickey,password', false],
      ['password,publickey', false],
      ['publickey,password', true],
    ])('gives both where the server wants %s (with an agent: %s)', async (methods, byAgent) => {
      const one = await started({
        password: 'both',
        config: [`AuthenticationMethods ${methods}`, 'KbdInteractiveAuthentication no'],
      });
      const socket = join(folder, 'both.sock');
      const agent = byAgent
        ? spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] })
        : undefined;
      try {
        if (agent) {
          await once(agent.stdout, 'data');
          execFileSync('ssh-add', ['-q', one.clientKeyPath], {
            env: { ...process.env, SSH_AUTH_SOCK: socket },
            stdio: 'ignore',
          });
        }
        const person = new SshPerson();
        person.answers.push('both');
        const changed = byAgent ? { identityFiles: [], identitiesOnly: false, identityAgent: socket } : {};
        await works(machineOf(person, one.hostConfig('gpu', changed)));
        expect(person.asked).toHaveLength(1);
      } finally {
        agent?.kill();
      }
    });
  });

  describe('when the host shows its key', () => {
    it('asks about a new one with its fingerprint, and goes no further without a yes', async () => {
      const person = new SshPerson();
      const unknown = server.hostConfig('gpu', { knownHostsFiles: [join(folder, 'none')] });
      const machine = machineOf(person, unknown);
      await expect(machine.attach({}, signal)).rejects.toBeInstanceOf(DeclinedError);
      const print = execFileSync('ssh-keygen', ['-lf', `${server.hostKeyPath}.pub`])
        .toString()
        .split(' ')[1];
      expect(JSON.stringify(person.asked[0])).toContain(print);
      expect(JSON.stringify(person.asked[0])).toContain('ssh-ed25519');
      // Whoever was never asked has not said no.
      const quiet = machine.run(['true'], { quiet: true }, signal);
      await expect(quiet).rejects.toMatchObject({ kind: 'auth' });
      await expect(quiet).rejects.not.toBeInstanceOf(DeclinedError);
      expect(person.asked).toHaveLength(1);
    });

    it('remembers a yes', async () => {
      const person = new SshPerson();
      const path = join(folder, 'fresh_known_hosts');
      const config = server.hostConfig('gpu', { knownHostsFiles: [path], newKeys: { path, hashed: false } });
      person.answers.push(true);
      await works(machineOf(person, config));
      expect(readFileSync(path, 'utf8')).toContain(server.hostKey);
      await works(machineOf(person, config));
      expect(person.asked).toHaveLength(1);
    });

    it('refuses what is new where only known keys are allowed, and takes it where all are', async () => {
      const unknown = { knownHostsFiles: [join(folder, 'none')] };
      const strict = machineOf(
        new SshPerson(),
        server.hostConfig('gpu', { ...unknown, strictHostKeyChecking: 'yes' }),
      );
      await expect(strict.attach({}, signal)).rejects.toMatchObject({ kind: 'forbidden' });
      await works(
        machineOf(
          new SshPerson(),
          server.hostConfig('gpu', { ...unknown, strictHostKeyChecking: 'accept-new' }),
        ),
      );
    });

    it('stops hard at a changed one, asks nobody, and ends reconnecting with it', async () => {
      const other = await started({ address: '127.0.0.2' });
      const person = new SshPerson();
      let config = server.hostConfig('gpu');
      const machine = machineOf(person, () => config);
      await works(machine);
      config = {
        ...other.hostConfig('gpu'),
        knownHostsFiles: [server.knownHostsPath],
        hostKeyAlias: config.hostKeyAlias,
      };
      server.cutSessions();
      await until('it has ended', () => machine.status.state === 'detached');
      expect(machine.status.problem).toContain(`${server.knownHostsPath}:1`);
      await expect(machine.attach({}, signal)).rejects.toMatchObject({ kind: 'forbidden' });
      expect(person.asked).toEqual([]);
    });

    it('knows a server with several keys by the one that is known', async () => {
      const path = newKey('rsa_host', ['-t', 'rsa', '-b', '2048']);
      const one = await started({ config: [`HostKey ${path}`] });
      const known = join(folder, 'rsa_known');
      const { writeFileSync } = await import('node:fs');
      writeFileSync(known, `[${one.address}]:${one.port} ${publicOf(path)}`);
      await works(machineOf(new SshPerson(), one.hostConfig('gpu', { knownHostsFiles: [known] })));
    });
  });
});
