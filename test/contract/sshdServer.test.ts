import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, startToken } from '../../src/node/process';
import { bundle } from '../fakes/bundle';
import { FaultProxy } from '../fakes/sshd/faultProxy';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { until } from '../fakes/until';

describe('the test servers', () => {
  const servers: SshdServer[] = [];
  let folder = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'trainyard-test-'));
    servers.push(await SshdServer.start(), await SshdServer.start({ address: '127.0.0.2', pty: false }));
  });
  afterAll(async () => {
    for (const server of servers) await server.stop();
    rmSync(folder, { recursive: true });
  });

  const ssh = (server: SshdServer, command: string, port?: number) => {
    const path = join(folder, 'config');
    writeFileSync(path, server.configText('here', port === undefined ? {} : { port, address: '127.0.0.1' }));
    return run(['ssh', '-F', path, '-o', 'BatchMode=yes', 'here', command], { timeout: 20_000 });
  };

  it('are as many machines, each with a home of its own', async () => {
    for (const server of servers) {
      expect(await ssh(server, 'echo "$HOME"; cd; pwd')).toMatchObject({
        code: 0,
        stdout: `${server.home}\n${server.home}\n`,
      });
    }
    expect(servers[0]?.home).not.toBe(servers[1]?.home);
  });

  it('are reached through a proxy that breaks them', async () => {
    const [server] = servers;
    if (!server) throw new Error('No server');
    const proxy = await FaultProxy.start(server);
    try {
      expect((await ssh(server, 'echo through', proxy.port)).stdout).toBe('through\n');
      const broken = ssh(server, 'echo begun >begun; exec sleep 60', proxy.port);
      await until('a session', () => server.programs().length > 0);
      proxy.reset();
      expect((await broken).code).toBe(255);
      await proxy.refuse();
      expect((await ssh(server, 'true', proxy.port)).stderr).toContain('refused');
    } finally {
      await proxy.stop();
    }
  });

  it('come back on their port after they were killed', async () => {
    const [server] = servers;
    if (!server) throw new Error('No server');
    await server.kill();
    expect((await ssh(server, 'true')).code).toBe(255);
    await server.restart();
    expect((await ssh(server, 'true')).code).toBe(0);
  });

  it('end what was started on them, also what is detached', async () => {
    const server = await SshdServer.start({ address: '127.0.0.3' });
    await ssh(server, 'setsid sleep 1000 </dev/null >/dev/null 2>&1 &');
    // The shell that started it may still be there, or it may be about to take on its program.
    await until('it runs alone', () => server.programs().length === 1);
    await server.stop();
    await until('it has ended', () => server.programs().length === 0);
  });

  it('end with the process that started them', async () => {
    const child = spawn(process.execPath, [await bundle('test/fakes/programs/startSshd.ts')]);
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    const [pid = '', home = ''] = said.toString().trim().split(' ');
    expect(await startToken(Number(pid))).toBeDefined();
    child.kill('SIGKILL');
    await until('the server has ended', async () => (await startToken(Number(pid))) === undefined);
    await until('its files are gone', () => !existsSync(home));
  });

  it.runIf(SshdServer.canAccounts)('let a user in with a password, by a shell of its choice', async () => {
    const server = await SshdServer.start({ password: 'secret', shell: '/bin/sh' });
    try {
      expect((await ssh(server, 'echo "$0 $HOME"; pwd')).stdout).toBe(`sh ${server.home}\n${server.home}\n`);
    } finally {
      await server.stop();
    }
    expect((await run(['id', server.user])).code).not.toBe(0);
  });
});
