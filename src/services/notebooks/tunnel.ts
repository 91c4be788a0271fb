import { readFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Machine, RemoteSocket } from '../../core/machine';
import type { Disposable } from '../../lib/disposables';
import { isSystemError, writeAtomic } from '../../node/files';
import { duplexOf } from './machineHttp';
import { untilAttached } from './untilAttached';

/**
 * A port of this computer that leads to a port of the machine. While the connection is made again it refuses nobody: who comes waits
 * (a client that is refused comes back only after long pauses), and is served or closed in the end. Only programs of this computer
 * reach it, and the server behind it asks them for its token.
 */
export class Tunnel implements Disposable {
  private readonly open = new Set<Socket>();
  private readonly ended = new AbortController();

  private constructor(
    private readonly server: Server,
    private readonly machine: Machine,
    private readonly target: () => number | undefined,
  ) {
    server.on('connection', (socket) => {
      void this.forward(socket);
    });
  }

  /** The port is kept in `file`; another is taken where it is no longer free. */
  static async open(file: string, machine: Machine, target: () => number | undefined): Promise<Tunnel> {
    const last = Number(await readFile(file, 'utf8').catch(() => '0'));
    const server = createServer({ allowHalfOpen: true });
    const usual = Number.isSafeInteger(last) && last > 1023 && last < 65_536 ? last : 0;
    try {
      await listen(server, usual);
    } catch (error) {
      if (usual === 0 || !isSystemError(error, 'EADDRINUSE', 'EACCES')) throw error;
      await listen(server, 0);
    }
    const tunnel = new Tunnel(server, machine, target);
    if (usual === 0) await writeAtomic(file, String(tunnel.port));
    return tunnel;
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  dispose(): void {
    this.ended.abort();
    this.server.close();
    for (const socket of this.open) socket.destroy();
  }

  private async reach(port: number, signal: AbortSignal): Promise<RemoteSocket> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.machine.connect('127.0.0.1', port, { quiet: true }, signal);
      } catch (error) {
        if (signal.aborted || tried === tries) throw error;
        await delay(100 * tried, undefined, { signal });
        await untilAttached(this.machine, signal);
      }
    }
  }

  private async forward(socket: Socket): Promise<void> {
    this.open.add(socket);
    const waiting = new AbortController();
    // Who has gone waits for nothing.
    socket.once('close', () => {
      this.open.delete(socket);
      waiting.abort();
    });
    socket.on('error', () => undefined);
    try {
      const port = this.target();
      if (port === undefined) return void socket.destroy();
      const signal = AbortSignal.any([this.ended.signal, waiting.signal]);
      const remote = duplexOf(await this.reach(port, signal));
      remote.on('error', () => socket.destroy());
      remote.once('close', () => socket.destroy());
      socket.once('close', () => remote.destroy());
      socket.pipe(remote).pipe(socket);
    } catch {
      // The client sees a connection that was closed, as it would without a tunnel.
      socket.destroy();
    }
  }
}

/** A connection may turn out to be broken only when it is used: then it is made again. */
const tries = 4;

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
