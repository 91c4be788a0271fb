import { spawn } from 'node:child_process';
import { createConnection } from 'node:net';
import { CancelledError, ProviderError, throwIfCancelled } from '../../src/core/errors';
import type {
  Machine,
  MachineStatus,
  RemoteFiles,
  RemoteProcess,
  RemoteSocket,
  RunOptions,
  RunOutput,
} from '../../src/core/machine';
import type { Disposable } from '../../src/lib/disposables';
import { Emitter } from '../../src/lib/event';
import { localFiles } from './localFiles';

/** This computer as a machine, for tests of what runs over any connection. Its home folder is the test's own. */
export class LocalMachine implements Machine, Disposable {
  readonly id = 'ssh/here';
  readonly label = 'here';
  status: MachineStatus = { state: 'detached', since: 0 };
  private readonly changed = new Emitter<MachineStatus>();
  private readonly reconnected = new Emitter<void>();
  private readonly channels = new Set<() => void>();
  readonly onDidChangeStatus = this.changed.event;
  readonly onDidReconnect = this.reconnected.event;

  constructor(
    readonly home: string,
    private readonly env: Readonly<Record<string, string>> = {},
  ) {}

  attach(): Promise<void> {
    this.to('attached');
    return Promise.resolve();
  }

  dispose(): void {
    this.detach();
  }

  detach(): void {
    this.to('detached');
  }

  /** The connection breaks: every channel is gone. */
  unplug(): void {
    for (const close of this.channels) close();
    this.to('reconnecting');
  }

  /** It is there again. */
  plugIn(): void {
    this.to('attached');
    this.reconnected.fire();
  }

  async run(
    argv: readonly [string, ...string[]],
    options: RunOptions,
    signal: AbortSignal,
  ): Promise<RunOutput> {
    const process_ = await this.start(argv, options, signal);
    const chunks: Uint8Array[] = [];
    const input = options.input ?? '';
    const writing = process_.write(typeof input === 'string' ? Buffer.from(input) : input).then(() => {
      process_.endInput();
    });
    for await (const chunk of process_.output) chunks.push(chunk);
    await writing;
    const end = await process_.ended;
    throwIfCancelled(signal);
    return {
      ...end,
      stdout: Buffer.concat(chunks)
        .subarray(0, options.maxBytes ?? 1 << 20)
        .toString(),
    };
  }

  start(argv: readonly string[], _options: object, signal: AbortSignal): Promise<RemoteProcess> {
    if (signal.aborted) return Promise.reject(new CancelledError());
    const [program = '/bin/sh', ...words] = argv;
    const child = spawn(program, words, {
      cwd: this.home,
      env: { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: this.home, USER: 'me', ...this.env },
    });
    let stderr = Buffer.alloc(0);
    child.stderr.on('data', (bytes: Buffer) => {
      stderr = Buffer.concat([stderr, bytes]).subarray(-65_536);
    });
    child.stdin.on('error', () => undefined);
    const ended = new Promise<{ code: number | null; signal: string | null; stderr: string }>((resolve) => {
      child.once('error', (error) => {
        resolve({ code: 127, signal: null, stderr: String(error) });
      });
      child.once('close', (code, killed) => {
        resolve({ code, signal: killed, stderr: stderr.toString() });
      });
    });
    const close = () => {
      child.stdin.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
    };
    signal.addEventListener('abort', close, { once: true });
    this.channels.add(close);
    void ended.then(() => this.channels.delete(close));
    return Promise.resolve({
      output: child.stdout,
      ended,
      write: (bytes) =>
        new Promise((resolve) => {
          child.stdin.write(bytes, () => {
            resolve();
          });
        }),
      endInput: () => child.stdin.end(),
      resize: () => undefined,
      close,
    });
  }

  connect(host: string, port: number): Promise<RemoteSocket> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({ host, port, allowHalfOpen: true });
      socket.once('error', (error) => {
        reject(new ProviderError('network', `Nobody listens there: ${error.message}`));
      });
      socket.once('connect', () => {
        socket.on('error', () => undefined);
        resolve({
          received: socket,
          write: (bytes) =>
            new Promise((done) => {
              socket.write(bytes, () => {
                done();
              });
            }),
          endInput: () => socket.end(),
          close: () => socket.destroy(),
        });
      });
    });
  }

  readonly files: RemoteFiles = localFiles(() => this.home);

  protected tell(status: MachineStatus): void {
    this.status = status;
    this.changed.fire(status);
  }

  private to(state: MachineStatus['state']): void {
    this.tell({ state, since: Date.now() });
  }
}
