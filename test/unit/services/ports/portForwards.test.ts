import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createConnection, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancelledError } from '../../../../src/core/errors';
import type { CallOptions, RemoteSocket } from '../../../../src/core/machine';
import { PortForwards } from '../../../../src/services/ports/portForwards';
import { LocalMachine } from '../../../fakes/localMachine';
import { never } from '../../../fakes/stateFolder';
import { until } from '../../../fakes/until';
import { LogLines } from '../../../fakes/workplace';

/** This computer as a machine whose connection a test cuts: while it is cut, calls wait, as the port promises. */
class CutMachine extends LocalMachine {
  waiting = 0;
  private cut = false;
  private mend: () => void = () => undefined;
  private mended = Promise.resolve();

  cutOff(): void {
    this.cut = true;
    this.mended = new Promise((resolve) => {
      this.mend = () => {
        this.cut = false;
        resolve();
      };
    });
    this.status = { state: 'reconnecting', since: 0 };
  }

  reconnect(): void {
    this.status = { state: 'attached', since: 0 };
    this.mend();
  }

  override async connect(
    host: string,
    port: number,
    _options?: CallOptions,
    signal?: AbortSignal,
  ): Promise<RemoteSocket> {
    if (this.cut) {
      this.waiting += 1;
      await this.mended;
      this.waiting -= 1;
    }
    if (signal?.aborted) throw new CancelledError();
    return super.connect(host, port);
  }
}

let home = '';
let machine: CutMachine;
let forwards: PortForwards;
const servers: Server[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'trainyard-ports-'));
  machine = new CutMachine(home);
  forwards = new PortForwards(new LogLines());
});
afterEach(() => {
  forwards.dispose();
  for (const server of servers.splice(0)) server.close();
  rmSync(home, { recursive: true, force: true });
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const webServer = () => listening(createHttpServer((_, reply) => reply.end('from the machine')));
const get = async (port: number) => (await fetch(`http://127.0.0.1:${port}/`)).text();

describe('a forwarded port', () => {
  it('reaches what answers on the machine, and only from this computer', async () => {
    const port = await webServer();
    const forward = await forwards.forward(machine, { port, name: 'Web' }, never);
    // The server itself has the number here, as the machine is this computer.
    expect(forward.localPort).not.toBe(port);
    expect(await get(forward.localPort)).toBe('from the machine');
    expect(forwards.list('ssh/here')).toEqual([forward]);
  });

  it('has the same number where that is free', async () => {
    const server = createServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    const { localPort } = await forwards.forward(machine, { port }, never);
    expect(localPort).toBe(port);
  });

  it('of the system’s own gets a free number where it may not be taken', async () => {
    const { localPort } = await forwards.forward(machine, { port: 1 }, never);
    expect(localPort).toBeGreaterThan(0);
  });

  it('is one, however often it is asked for', async () => {
    const port = await webServer();
    const [a, b] = await Promise.all([
      forwards.forward(machine, { port }, never),
      forwards.forward(machine, { port }, never),
    ]);
    expect(a).toEqual(b);
    expect(forwards.list()).toHaveLength(1);
  });

  it('lets who connects during a cut wait, and serves them once the machine is back', async () => {
    const port = await webServer();
    const { localPort } = await forwards.forward(machine, { port }, never);
    machine.cutOff();
    const answer = get(localPort);
    await until('somebody waits', () => machine.waiting > 0);
    machine.reconnect();
    expect(await answer).toBe('from the machine');
  });

  it('closes the connection where nobody answers on the machine', async () => {
    // On an address of its own, so that the forward is not what it reaches.
    const { localPort } = await forwards.forward(machine, { host: '127.0.0.2', port: 9 }, never);
    const socket = createConnection({ port: localPort, host: '127.0.0.1' });
    expect(await text(socket).catch(() => 'reset')).toMatch(/^(reset)?$/);
  });

  it('carries each half on its own: an answer comes after the question has ended', async () => {
    const port = await listening(
      createServer({ allowHalfOpen: true }, (socket) => {
        void text(socket).then((all) => socket.end(`${all.length} bytes`));
      }),
    );
    const { localPort } = await forwards.forward(machine, { port }, never);
    const socket = createConnection({ port: localPort, host: '127.0.0.1', allowHalfOpen: true });
    socket.end(Buffer.alloc(1 << 20, 'x'));
    expect(await text(socket)).toBe('1048576 bytes');
  });

  it('takes nobody any more once it is stopped, and lets go of who is there', async () => {
    const port = await listening(createServer((socket) => socket.write('hello')));
    const { id, localPort } = await forwards.forward(machine, { port }, never);
    const socket = createConnection({ port: localPort, host: '127.0.0.1' });
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => socket.once('data', resolve));
    forwards.stop(id);
    await ended;
    await expect(get(localPort)).rejects.toThrow();
    expect(forwards.list()).toEqual([]);
  });
});
