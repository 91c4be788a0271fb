import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  appendFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { userInfo } from 'node:os';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SshMachine } from '../../src/providers/ssh/link/sshMachine';
import { Watchdogs } from '../../src/services/watchdog/watchdogs';
import { SshPerson } from '../fakes/sshd/sshPerson';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { until } from '../fakes/until';

const signal = new AbortController().signal;

/** Seconds in place of minutes, and deaf to what else goes on on the computer that runs the tests. */
const quick = {
  INTERVAL: 1,
  IDLE_SECONDS: 6,
  WARN_LAST: 2,
  BOOT_GRACE: 0,
  TTY_SECONDS: 0,
  NET_KEEPS: 0,
  CPU_KEEPS: 1_000_000,
};

describe('a watchdog over SSH', () => {
  let server: SshdServer;
  let machine: SshMachine;
  let watchdogs: Watchdogs;

  beforeEach(async () => {
    server = await SshdServer.start();
    const person = new SshPerson();
    const parts = person.parts(server.hostConfig('gpu'));
    machine = new SshMachine(parts);
    watchdogs = new Watchdogs({ remoteFolder: resolve('src/remote'), log: parts.context.log, now: Date.now });
  });

  afterEach(async () => {
    watchdogs.dispose();
    machine.dispose();
    await server.stop();
    // What an armed watchdog remembers there outlives its home folder.
    const sum = execFileSync('cksum', { input: folder(), encoding: 'utf8' }).split(' ')[0] ?? '';
    rmSync(`/dev/shm/trainyard-watchdog-${userInfo().uid}-${sum}`, { recursive: true, force: true });
  });

  /** The clock's reading at the stop, once all of it is written. */
  const stopped = () => {
    const path = join(server.home, 'stopped');
    const [, seconds] = /^([\d.]+) .*\n/.exec(existsSync(path) ? readFileSync(path, 'utf8') : '') ?? [];
    return seconds === undefined ? undefined : Number(seconds);
  };
  const folder = () => join(server.home, '.trainyard/watchdog');

  /** With the limits of `quick` in place of the hour, which nobody may choose. */
  async function arm(): Promise<void> {
    const stopCommand = 'cat /proc/uptime >>"$HOME/stopped"';
    await watchdogs.arm(machine, { idleMinutes: 60, maxLifetimeHours: null, stopCommand }, signal);
    appendFileSync(
      join(folder(), 'config'),
      Object.entries(quick)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    );
    // A change is seen at the next look, which this brings about.
    await watchdogs.hold(machine, 0, signal);
  }

  const seconds = () => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);

  it('stops the machine on time with every connection closed', async () => {
    await arm();
    const from = seconds();
    machine.dispose();
    await server.kill();
    const took = (await until('the machine was stopped', stopped)) - from;
    expect(took).toBeGreaterThan(5);
    // A look each second, and what the computer is late by.
    expect(took).toBeLessThan(30);
    expect(readFileSync(join(folder(), 'journal'), 'utf8')).toMatch(
      /warning: stops in 2 s[^]*stops: idle for \d+ s/,
    );
  });

  it('leaves it on while a kernel is busy, and stops it once that is idle', async () => {
    let state = 'busy';
    let asked = 0;
    const jupyter = createServer((request, response) => {
      asked++;
      const known =
        request.headers.authorization === 'token t0k3n' && request.url?.startsWith('/api/kernels?');
      response.writeHead(known === true ? 200 : 403).end(`[{"id":"a","execution_state":"${state}"}]`);
    }).listen(0, '127.0.0.1');
    await once(jupyter, 'listening');
    try {
      const runtime = join(server.home, '.trainyard/jupyter');
      mkdirSync(runtime, { recursive: true });
      writeFileSync(join(runtime, 'token'), 't0k3n\n', { mode: 0o600 });
      const port = (jupyter.address() as AddressInfo).port;
      const started = readFileSync('/proc/self/stat', 'utf8').replace(/.*\) /, '').split(' ')[19];
      const file = { port, pid: process.pid, started, token_file: join(runtime, 'token') };
      writeFileSync(join(runtime, 'server.json'), JSON.stringify(file));
      await arm();
      machine.detach();
      // Twice as many looks as would stop an idle machine.
      await until('it was asked often enough', () => asked >= 13);
      expect(stopped()).toBeUndefined();
      expect(await watchdogs.refresh(machine, {}, signal)).toMatchObject({
        keptBy: ['a busy notebook kernel'],
      });
      state = 'idle';
      await until('the machine was stopped', stopped);
    } finally {
      jupyter.closeAllConnections();
      jupyter.close();
    }
  });

  it('leaves no file and no process when it is disarmed', async () => {
    const before = readdirSync('/dev/shm');
    await watchdogs.arm(machine, { idleMinutes: 60, maxLifetimeHours: 8 }, signal);
    expect(await watchdogs.extend(machine, signal)).toMatchObject({ armed: true, stale: false });
    await watchdogs.disarm(machine, signal);
    expect(existsSync(join(server.home, '.trainyard'))).toBe(false);
    expect(
      readdirSync('/dev/shm').filter((name) => !before.includes(name) && name.includes('watchdog')),
    ).toEqual([]);
    machine.dispose();
    await until('no program is left', () => server.programs().filter((pid) => isWatchdog(pid)).length === 0);
  });

  it('survives the end of the session that armed it', async () => {
    await watchdogs.arm(machine, { idleMinutes: 60, maxLifetimeHours: null }, signal);
    server.cutSessions();
    await server.kill();
    await server.restart();
    const state = await until('it is asked again', async () =>
      watchdogs.refresh(machine, {}, signal).catch(() => undefined),
    );
    expect(state).toMatchObject({ armed: true, stale: false });
  });

  it('finds what could stop the machine, and tries none of it', async () => {
    const found = await watchdogs.probe(machine, signal);
    expect(found).toMatchObject({ system: 'Linux', hasUptime: true });
    expect(existsSync(join(server.home, '.trainyard'))).toBe(false);
  });
});

function isWatchdog(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('watchdog');
  } catch {
    return false;
  }
}
