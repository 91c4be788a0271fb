import { spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { CancelledError, ProviderError } from '../../../core/errors';
import type { HostConfig } from '../hostConfig';

/** What a connection's bytes go over. */
export interface Transport {
  readonly stream: Duplex;
  /** Bytes that came over it; `undefined` where that can't be told. */
  bytes(): number | undefined;
  /** What its program said of a failure; empty where it has none or it said nothing. */
  said(): string;
  /** Whether it keeps this process alive. */
  hold(held: boolean): void;
  close(): void;
}

/** A TCP connection. Rejects with the system's error. */
export function openSocket(config: HostConfig, signal: AbortSignal): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: config.hostName, port: config.port, noDelay: true });
    const cancel = () => {
      socket.destroy();
      reject(new CancelledError());
    };
    signal.addEventListener('abort', cancel, { once: true });
    socket.once('error', (error) => {
      signal.removeEventListener('abort', cancel);
      reject(error);
    });
    socket.once('connect', () => {
      signal.removeEventListener('abort', cancel);
      resolve(overSocket(socket));
    });
  });
}

function overSocket(socket: Socket): Transport {
  return {
    stream: socket,
    bytes: () => socket.bytesRead,
    said: () => '',
    hold: (held) => (held ? socket.ref() : socket.unref()),
    close: () => {
      socket.destroySoon();
      // A link that is stuck takes not even the goodbye.
      setTimeout(() => socket.destroy(), 500).unref();
    },
  };
}

/** The stdin and stdout of a program (ProxyCommand). */
export function openProxyCommand(command: string | readonly [string, ...string[]]): Promise<Transport> {
  const [program, ...words] = typeof command === 'string' ? inShell(command) : command;
  const { promise, resolve, reject } = Promise.withResolvers<Transport>();
  const child = spawn(program, words, { stdio: 'pipe', windowsHide: true });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  child.once('error', (error) => {
    reject(
      new ProviderError('network', `Its ProxyCommand can’t be started: ${error.message}`, { cause: error }),
    );
  });
  child.once('spawn', () => {
    const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
    resolve({
      stream,
      bytes: () => undefined,
      // The last line tells; a program that ended with nothing to say did not fail by itself.
      said: () => (said.trim().split('\n').at(-1) ?? '').replace(/\p{Cc}/gu, ' ').slice(0, 300),
      hold: (held) => {
        for (const part of [child, child.stdin, child.stdout, child.stderr] as {
          ref?(): void;
          unref?(): void;
        }[]) {
          if (held) part.ref?.();
          else part.unref?.();
        }
      },
      close: () => {
        child.kill('SIGTERM');
        stream.destroy();
      },
    });
  });
  return promise;
}

/** In the user's SSH configuration it is a line for a shell, and OpenSSH runs it in this way: `sh -c "exec …"`. */
function inShell(command: string): readonly [string, ...string[]] {
  if (process.platform === 'win32') return [process.env.ComSpec ?? 'cmd.exe', '/d', '/s', '/c', command];
  return [process.env.SHELL ?? '/bin/sh', '-c', `exec ${command}`];
}
