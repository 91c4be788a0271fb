import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { CancelledError, messageOf, ProviderError, throwIfCancelled } from '../../core/errors';
import type { CallOptions, Machine, RemoteSocket } from '../../core/machine';

export interface MachineRequest extends CallOptions {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly port: number;
  readonly token: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/**
 * One HTTP request to a server that listens on the machine's own 127.0.0.1, over a channel of its own; while the connection to
 * the machine is made again, it waits. Throws `ProviderError` of kind `network` where the server can't be reached, or is no
 * longer; answers that say no are left to the caller.
 */
export async function machineRequest(
  machine: Machine,
  { method, path, port, token, body, quiet }: MachineRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  throwIfCancelled(signal);
  const socket = await machine.connect('127.0.0.1', port, quiet === undefined ? {} : { quiet }, signal);
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      method,
      path,
      host: '127.0.0.1',
      port,
      headers: {
        authorization: `token ${token}`,
        ...(text !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        }),
      },
      createConnection: () => duplexOf(socket),
    });
    const cancel = () => {
      sent.destroy(new CancelledError());
    };
    signal.addEventListener('abort', cancel, { once: true });
    sent.once('close', () => {
      signal.removeEventListener('abort', cancel);
    });
    sent.once('error', (error) => {
      reject(error instanceof CancelledError ? error : lost(machine, error));
    });
    sent.once('response', resolve);
    sent.end(text);
  });
}

/** All of an answer, or an error for one that breaks off. At most 64 MiB. */
export async function textOf(machine: Machine, answer: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > 64 << 20) throw new Error('more than 64 MiB');
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof CancelledError ? error : lost(machine, error);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function lost(machine: Machine, error: unknown): ProviderError {
  return new ProviderError(
    'network',
    `The notebook server on ${machine.label} does not answer: ${messageOf(error)}`,
    { cause: error },
  );
}

/** The machine's socket as Node's own programs take one. */
export function duplexOf(socket: RemoteSocket): Duplex {
  const received = socket.received[Symbol.asyncIterator]();
  return new Duplex({
    read() {
      received.next().then(
        ({ done, value }) => this.push(done ? null : value),
        (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    },
    write(chunk: Uint8Array, _encoding, done) {
      socket.write(chunk).then(() => {
        done();
      }, done);
    },
    final(done) {
      socket.endInput();
      done();
    },
    destroy(error, done) {
      socket.close();
      done(error);
    },
  });
}
