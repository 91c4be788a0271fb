import type { Client, ClientChannel, SFTPWrapper } from 'ssh2';
import { ProviderError } from '../../../core/errors';
import type { Terminal } from '../../../core/machine';
import type { Disposable } from '../../../lib/disposables';
import { Heartbeat } from './heartbeat';
import { lossOf, lostError } from './linkError';
import type { Transport } from './transport';

export interface LinkOptions {
  /** Milliseconds between two signs of life. */
  readonly keepAlive: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** A server takes no further session on this connection: OpenSSH’s MaxSessions, 10 by default. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** One connection that is signed in. It does not mend itself; whoever holds it hears of its loss. */
export class Link {
  /** Why it is gone; `undefined` while it is there. */
  lost: ProviderError | undefined;
  private readonly listeners = new Set<(lost: ProviderError) => void>();
  private readonly heartbeat: Heartbeat;
  private reason: unknown;

  constructor(
    private readonly alias: string,
    private readonly client: Client,
    private readonly transport: Transport,
    options: LinkOptions,
  ) {
    client.on('error', (error) => {
      this.reason ??= error;
    });
    client.once('close', () => {
      this.lose(lossOf(this.reason ?? new Error('the machine or its SSH server ended it')));
    });
    this.heartbeat = new Heartbeat({
      interval: options.keepAlive,
      now: options.now,
      bytes: () => transport.bytes(),
      // Any request would do that every server answers; this one changes nothing, for nothing is forwarded to us.
      ping: (onAnswer) => {
        attempt(() => client.unforwardIn('127.0.0.1', 1, onAnswer));
      },
      onDead: (why) => {
        this.lose(why);
      },
    });
  }

  /** Called once, at its loss or end; not after `dispose` of what it gives. */
  onLost(listener: (lost: ProviderError) => void): Disposable {
    if (this.lost) {
      listener(this.lost);
      return { dispose: () => undefined };
    }
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  /** Whether it keeps this process alive. */
  hold(held: boolean): void {
    this.transport.hold(held);
  }

  /**
   * `undefined`: the login shell. `wrap` gets the channel at once, before anything that happens in it: a short program has
   * ended a moment later. Throws `RefusedError`.
   */
  session<T>(
    command: string | undefined,
    terminal: Terminal | undefined,
    wrap: (channel: ClientChannel) => T,
  ): Promise<T> {
    const pty = terminal && { cols: terminal.columns, rows: terminal.rows, term: terminal.type };
    return this.channel<ClientChannel, T>((done) => {
      if (command === undefined) this.client.shell(pty ?? false, done);
      else this.client.exec(command, pty ? { pty } : {}, done);
    }, wrap);
  }

  /** Throws `RefusedError`. */
  sftp<T>(wrap: (sftp: SFTPWrapper) => T): Promise<T> {
    return this.channel<SFTPWrapper, T>((done) => {
      this.client.sftp(done);
    }, wrap);
  }

  /** A TCP connection that begins on the machine. */
  async forward<T>(host: string, port: number, wrap: (channel: ClientChannel) => T): Promise<T> {
    try {
      return await this.channel<ClientChannel, T>((done) => {
        this.client.forwardOut('127.0.0.1', 0, host, port, done);
      }, wrap);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      throw new ProviderError(
        'network',
        `${this.alias} can’t connect to this address, or does not allow it (${error.message}): ${host}:${port}`,
        { cause: error },
      );
    }
  }

  close(): void {
    if (this.lost) return;
    attempt(() => this.client.end());
    this.lose('it was closed');
  }

  private lose(why: string): void {
    if (this.lost) return;
    this.lost = lostError(this.alias, why);
    this.heartbeat.dispose();
    this.transport.close();
    for (const listener of [...this.listeners]) listener(this.lost);
    this.listeners.clear();
  }

  /** Settles also when the connection is lost before there is an answer. */
  private channel<C, T>(
    open: (done: (error: Error | undefined, channel: C) => void) => void,
    wrap: (channel: C) => T,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const watching = this.onLost(reject);
    try {
      open((error, channel) => {
        if (!error) resolve(wrap(channel));
        else reject(this.lost ?? refusal(error));
      });
    } catch (error) {
      // ssh2 throws where it has noticed the end of its socket, and not told of it yet.
      reject(lostError(this.alias, lossOf(error)));
    }
    return promise.finally(() => {
      watching.dispose();
    });
  }
}

function refusal(error: Error): Error {
  if (error.message.startsWith('Unable to request a pseudo-terminal')) {
    return new ProviderError('unavailable', 'The machine gives no terminal (PermitTTY in its sshd_config).', {
      cause: error,
    });
  }
  return new RefusedError(error.message.replace('(SSH) Channel open failure: ', ''), { cause: error });
}

function attempt(work: () => unknown): void {
  try {
    work();
  } catch {
    // Its socket is gone; the end of the connection is told by itself.
  }
}
