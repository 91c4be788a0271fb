import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SshMachine } from '../../src/providers/ssh/link/sshMachine';
import { usualTimes, type SshMachineTimes } from '../../src/providers/ssh/link/sshMachineTimes';
import type { HostConfig } from '../../src/providers/ssh/hostConfig';
import { FaultProxy } from '../fakes/sshd/faultProxy';
import { SshPerson } from '../fakes/sshd/sshPerson';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { until } from '../fakes/until';

const { signal } = new AbortController();

describe('a connection over SSH', () => {
  const machines: SshMachine[] = [];
  let server: SshdServer;
  let proxy: FaultProxy;
  let person: SshPerson;

  beforeAll(async () => {
    server = await SshdServer.start();
  });
  afterAll(() => server.stop());
  const machineOf = async (times: Partial<SshMachineTimes> = {}, changed: Partial<HostConfig> = {}) => {
    proxy = await FaultProxy.start(server);
    person = new SshPerson();
    const config = server.hostConfig('gpu', { hostName: '127.0.0.1', port: proxy.port, ...changed });
    const machine = new SshMachine(person.parts(config), { firstRetry: 20, lastRetry: 200, ...times });
    machines.push(machine);
    return machine;
  };
  afterEach(async () => {
    for (const machine of machines.splice(0)) machine.dispose();
    await proxy.stop();
    await until('no session is left', () => server.processes.length - server.programs().length <= 1);
  });
  const attached = async (...options: Parameters<typeof machineOf>) => {
    const machine = await machineOf(...options);
    await machine.attach({}, signal);
    return machine;
  };

  it('that is reset in the middle of a program rejects that call, and is there again for the next', async () => {
    const machine = await attached();
    const states: string[] = [];
    let again = 0;
    machine.onDidChangeStatus(({ state }) => states.push(state));
    machine.onDidReconnect(() => again++);
    const running = machine.run(['sleep', '100'], {}, signal);
    const reading = await machine.start(['sh', '-c', 'echo begun; sleep 100'], {}, signal);
    const text = (async () => {
      let all = '';
      for await (const bytes of reading.output) {
        all += Buffer.from(bytes).toString();
        if (all === 'begun\n') proxy.reset();
      }
      return all;
    })();
    await expect(running).rejects.toMatchObject({ kind: 'network' });
    await expect(text).rejects.toMatchObject({ kind: 'network' });
    await expect(reading.ended).rejects.toMatchObject({ kind: 'network' });
    expect((await machine.run(['echo', 'again'], {}, signal)).stdout).toBe('again\n');
    expect(states).toEqual(['reconnecting', 'attached']);
    expect(again).toBe(1);
  });

  it('that falls silent is given up within three signs of life, and calls wait for the next one', async () => {
    const keepAlive = 1000;
    const machine = await attached({ keepAlive });
    proxy.set({ kind: 'stall' });
    const from = performance.now();
    await until('it is noticed', () => machine.status.state === 'reconnecting');
    // And what this computer is late by, which other tests keep busy.
    expect(performance.now() - from).toBeLessThan(3 * keepAlive + 2000);
    const waiting = machine.run(['echo', 'waited'], {}, signal);
    proxy.set({ kind: 'none' });
    expect((await waiting).stdout).toBe('waited\n');
  });

  it('that has just fallen silent holds up nobody who cancels or has little time', async () => {
    const machine = await attached();
    proxy.set({ kind: 'stall' });
    const stop = new AbortController();
    const from = performance.now();
    const calls = [
      machine.start(['true'], {}, stop.signal),
      machine.connect('127.0.0.1', 1, {}, stop.signal),
      machine.files.home(stop.signal),
      machine.files.stat('/', stop.signal),
    ];
    await expect(machine.run(['true'], { timeout: 200 }, signal)).rejects.toMatchObject({ kind: 'network' });
    stop.abort();
    for (const call of await Promise.allSettled(calls)) {
      expect(call).toMatchObject({ status: 'rejected', reason: { name: 'CancelledError' } });
    }
    // Before the silence is noticed.
    expect(performance.now() - from).toBeLessThan(2 * usualTimes.keepAlive);
  });

  it('that is slow and alive is kept', async () => {
    const machine = await attached({ keepAlive: 1000 });
    // An answer takes longer than the time between two signs of life.
    proxy.set({ kind: 'latency', milliseconds: 600 });
    for (let round = 0; round < 2; round++) {
      expect((await machine.run(['echo', 'on'], {}, signal)).stdout).toBe('on\n');
    }
    expect(proxy.taken).toBe(1);
  });

  it('of a computer that slept is made anew at once', async () => {
    const machine = await attached({ keepAlive: 200 });
    let again = 0;
    machine.onDidReconnect(() => again++);
    person.ahead = 3_600_000;
    await until('it is made anew', () => again === 1);
    expect(proxy.taken).toBe(2);
  });

  it('that is cut every second loses no byte to a reader who goes on where it was', async () => {
    const machine = await attached();
    const lines =
      Array.from({ length: 100_000 }, (_, number) => `${number}`.padStart(49, '.')).join('\n') + '\n';
    writeFileSync(`${server.home}/log`, lines);
    proxy.cutEvery(1000, 200);
    let text = '';
    let losses = 0;
    while (text.length < lines.length) {
      try {
        const program = await machine.start(
          [
            'sh',
            '-c',
            'tail -c "+$1" "$2" | while read -r line; do echo "$line"; done',
            'sh',
            String(text.length + 1),
            `${server.home}/log`,
          ],
          {},
          signal,
        );
        for await (const bytes of program.output) text += Buffer.from(bytes).toString();
      } catch (error) {
        losses += 1;
        expect(error).toMatchObject({ kind: 'network' });
      }
    }
    expect(text === lines).toBe(true);
    expect(losses).toBeGreaterThan(0);
    await proxy.stopCutting();
  });

  it('comes back after the server was down, however long, and ends with detach', async () => {
    const machine = await attached();
    await server.kill();
    await until('it is reconnecting', () => machine.status.state === 'reconnecting');
    await until(
      'it was refused a few times',
      () => (machine.status.problem ?? '').includes('closed the connection') || proxy.taken > 4,
    );
    await server.restart();
    await until('it is attached', () => machine.status.state === 'attached');
    await server.kill();
    await until('it is reconnecting', () => machine.status.state === 'reconnecting');
    const waiting = machine.run(['true'], {}, signal);
    machine.detach();
    await expect(waiting).rejects.toBeDefined();
    expect(machine.status).toMatchObject({ state: 'detached' });
    await server.restart();
  });

  it('is opened by a call, and closed when nobody needs it', async () => {
    const machine = await machineOf({ idleClose: 200 });
    expect((await machine.run(['echo', 'on demand'], {}, signal)).stdout).toBe('on demand\n');
    expect(machine.status.state).toBe('detached');
    await machine.run(['true'], {}, signal);
    expect(proxy.taken).toBe(1);
    await until('it is closed', () => proxy.open === 0);
    const long = await machine.start(['cat'], {}, signal);
    await machine.files.home(signal);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(proxy.open).toBe(1);
    long.endInput();
    await long.ended;
    await until('it is closed again', () => proxy.open === 0);
  });

  it('is left alone by a call that was cancelled while it waited', async () => {
    const machine = await machineOf();
    proxy.set({ kind: 'stall' });
    const stop = new AbortController();
    const [cancelled, waiting] = [
      machine.run(['true'], {}, stop.signal),
      machine.run(['echo', 'on'], {}, signal),
    ];
    await until('it is being made', () => proxy.taken === 1);
    stop.abort();
    await expect(cancelled).rejects.toMatchObject({ name: 'CancelledError' });
    proxy.set({ kind: 'none' });
    expect((await waiting).stdout).toBe('on\n');
    expect(proxy.taken).toBe(1);
  });

  describe('that can’t be made says why:', () => {
    const failing = async (changed: Partial<HostConfig>, times: Partial<SshMachineTimes> = {}) => {
      const machine = await machineOf({ connect: 1000, ...times }, changed);
      try {
        await machine.attach({}, signal);
      } catch (error) {
        expect(error).toMatchObject({ kind: 'network' });
        expect(machine.status).toMatchObject({ state: 'detached', problem: (error as Error).message });
        return (error as Error).message;
      }
      throw new Error('It was made');
    };
    const talking = async (talk: (socket: Socket) => void) => {
      const other = createServer(talk).listen(0, '127.0.0.1');
      await once(other, 'listening');
      try {
        return await failing({ port: (other.address() as { port: number }).port });
      } finally {
        other.close();
      }
    };

    it('no such host', async () => {
      // A resolver may take its time to say so.
      expect(await failing({ hostName: 'no-such-host.invalid' }, { connect: 60_000 })).toMatch(
        /no host of this name|can’t be looked up/,
      );
    });
    it('refused', async () => {
      // Nobody is given this port by chance.
      expect(await failing({ port: 1 })).toContain('nothing listens there');
    });
    it('silent', async () => {
      const from = performance.now();
      expect(await talking(() => undefined)).toContain('then said nothing');
      expect(performance.now() - from).toBeLessThan(usualTimes.connect);
    });
    it('a byte a second', async () => {
      const machine = await machineOf({ connect: 1500 });
      proxy.set({ kind: 'slow', bytesPerSecond: 1 });
      await expect(machine.attach({}, signal)).rejects.toMatchObject({
        kind: 'network',
        message: expect.stringContaining('much too little') as string,
      });
    });
    it('closed at once, three times', async () => {
      let taken = 0;
      expect(
        await talking((socket) => {
          taken += 1;
          socket.end();
        }),
      ).toContain('MaxStartups');
      expect(taken).toBe(3);
    });
    it('no SSH server', async () => {
      expect(
        await talking((socket) => {
          socket.on('error', () => undefined);
          socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
        }),
      ).toContain('no SSH server');
      expect(
        await talking((socket) => {
          socket.on('error', () => undefined);
          socket.end('SSH-1.5-old\r\n');
        }),
      ).toContain('gpu');
    });
  });

  it('leaves nothing that keeps this process alive', async () => {
    const machine = await attached();
    await machine.run(['true'], {}, signal);
    await machine.files.home(signal);
    const held = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const withIt = held();
    machine.dispose();
    await until('its socket is gone', () => held() < withIt || withIt === 0);
  });
});
