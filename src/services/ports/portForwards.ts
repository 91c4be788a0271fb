import { createServer, type Server, type Socket } from 'node:net';
import { asError, CancelledError, messageOf, ProviderError, throwIfCancelled } from '../../core/errors';
import type { Log } from '../../core/log';
import type { Machine } from '../../core/machine';
import type { Disposable } from '../../lib/disposables';
import { Emitter } from '../../lib/event';
import { isSystemError } from '../../node/files';
import { joinSockets } from './joinSockets';

/** A port of this computer behind which a port of a machine answers. */
export interface PortForward {
  readonly id: string;
  /** The machine's id. */
  readonly machine: string;
  /** As the machine sees it. */
  readonly remoteHost: string;
  readonly remotePort: number;
  /** On 127.0.0.1 of this computer. */
  readonly localPort: number;
  /** What answers there, such as `TensorBoard`; absent where nobody knows. */
  readonly name?: string;
}

export interface ForwardRequest {
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly name?: string;
}

interface Open {
  readonly forward: PortForward;
  readonly server: Server;
  readonly abort: AbortController;
}

/**
 * Forwards ports of machines to 127.0.0.1 of this computer. A forward outlives cuts: who connects meanwhile waits until the machine is
 * there again.
 */
export class PortForwards implements Disposable {
  private readonly open = new Map<string, Open>();
  private readonly changed = new Emitter<string>();

  /** Id of the machine whose forwards have changed. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly log: Log) {}

  /** Of one machine, or of all; the oldest first. */
  list(machine?: string): readonly PortForward[] {
    const all = [...this.open.values()].map(({ forward }) => forward);
    return machine === undefined ? all : all.filter((forward) => forward.machine === machine);
  }

  /** The same forward where there is one already. The local port has the same number where that is free. */
  async forward(machine: Machine, request: ForwardRequest, signal: AbortSignal): Promise<PortForward> {
    const { port, host = '127.0.0.1', name } = request;
    const id = `${machine.id}/${host}:${port}`;
    const known = this.open.get(id);
    if (known) return known.forward;
    const abort = new AbortController();
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      void this.serve(machine, host, port, socket, abort.signal);
    });
    const localPort = await listen(server, port);
    const forward = {
      id,
      machine: machine.id,
      remoteHost: host,
      remotePort: port,
      localPort,
      ...(name !== undefined && { name }),
    };
    if (signal.aborted || this.open.has(id)) {
      server.close();
      throwIfCancelled(signal);
      return this.open.get(id)?.forward ?? forward;
    }
    // A forward alone keeps no command line from ending.
    server.unref();
    this.open.set(id, { forward, server, abort });
    this.changed.fire(machine.id);
    return forward;
  }

  /** Nothing happens where it has been stopped. */
  stop(id: string): void {
    const open = this.open.get(id);
    if (!open) return;
    this.open.delete(id);
    open.abort.abort();
    open.server.close();
    this.changed.fire(open.forward.machine);
  }

  stopAll(machine: string): void {
    for (const { id } of this.list(machine)) this.stop(id);
  }

  dispose(): void {
    this.changed.dispose();
    for (const id of [...this.open.keys()]) this.stop(id);
  }

  private async serve(
    machine: Machine,
    host: string,
    port: number,
    socket: Socket,
    signal: AbortSignal,
  ): Promise<void> {
    const gone = new AbortController();
    socket.once('close', () => {
      gone.abort();
    });
    socket.on('error', () => undefined); // `close` follows, and says all there is to do.
    const stop = () => socket.destroy();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const remote = await connected(machine, host, port, AbortSignal.any([signal, gone.signal]));
      await joinSockets(socket, remote);
    } catch (error) {
      if (!(error instanceof CancelledError))
        this.log.debug(`${machine.label}, port ${port}: ${messageOf(error)}`);
    } finally {
      signal.removeEventListener('abort', stop);
      socket.destroy();
    }
  }
}

/** Connects, and does so again where the connection to the machine was cut at that moment. */
async function connected(machine: Machine, host: string, port: number, signal: AbortSignal) {
  for (;;) {
    try {
      return await machine.connect(host, port, { quiet: true }, signal);
    } catch (error) {
      throwIfCancelled(signal);
      const cut = error instanceof ProviderError && machine.status.state === 'reconnecting';
      if (!cut) throw asError(error);
    }
  }
}

/** Listens on `wanted`, or on any free port where that is taken or only for the system. */
async function listen(server: Server, wanted: number): Promise<number> {
  const on = (port: number) =>
    new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
        server.off('error', reject);
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  return on(wanted).catch((error: unknown) => {
    if (!isSystemError(error, 'EADDRINUSE', 'EACCES')) throw error;
    server.removeAllListeners('error');
    return on(0);
  });
}
