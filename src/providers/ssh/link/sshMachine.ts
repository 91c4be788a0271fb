import { CancelledError, ProviderError, messageOf, throwIfCancelled } from '../../../core/errors';
import type {
  CallOptions,
  Machine,
  MachineState,
  MachineStatus,
  RemoteFiles,
  RemoteProcess,
  RemoteSocket,
  RunOptions,
  RunOutput,
  StartOptions,
} from '../../../core/machine';
import type { Disposable } from '../../../lib/disposables';
import { Emitter } from '../../../lib/event';
import { cancellable } from './cancellable';
import { Connecting } from './connecting';
import { Credentials } from './credentials';
import type { Link } from './link';
import { closedError } from './linkError';
import { Links } from './links';
import { Mending } from './mending';
import type { SshMachineParts } from './parts';
import { remoteCommand } from './remoteCommand';
import { remoteProcess } from './remoteProcess';
import { remoteSocket } from './remoteSocket';
import { runToEnd } from './runToEnd';
import { SftpFiles } from './sftpFiles';
import { usualTimes, type SshMachineTimes } from './sshMachineTimes';

/** A host that is reached by SSH, with a connection that mends itself. */
export class SshMachine implements Machine, Disposable {
  readonly id: string;
  readonly label: string;
  status: MachineStatus;
  readonly files: RemoteFiles;
  private readonly changed = new Emitter<MachineStatus>();
  private readonly reconnected = new Emitter<void>();
  readonly onDidChangeStatus = this.changed.event;
  readonly onDidReconnect = this.reconnected.event;

  private readonly times: SshMachineTimes;
  private readonly credentials: Credentials;
  private readonly connecting: Connecting;
  private links: Links | undefined;
  /** Somebody attached, and nobody detached since. */
  private kept = false;
  private mending: Mending | undefined;
  private uses = 0;
  private idle: ReturnType<typeof setTimeout> | undefined;
  private disposed = false;

  constructor(
    private readonly parts: SshMachineParts,
    times: Partial<SshMachineTimes> = {},
  ) {
    this.id = parts.id ?? `ssh/${parts.alias}`;
    this.label = parts.alias;
    this.times = { ...usualTimes, ...times };
    this.status = { state: 'detached', since: parts.context.now() };
    this.credentials = new Credentials(parts.context.secrets);
    this.connecting = new Connecting(parts, this.credentials, this.times);
    this.files = new SftpFiles({
      use: (work, signal) => this.using({}, signal, work),
      run: (argv, signal) => this.run(argv, {}, signal),
      idleClose: this.times.idleClose,
    });
  }

  async attach(options: CallOptions, signal: AbortSignal): Promise<void> {
    if (this.kept && this.links) return;
    const before = this.status;
    if (!this.kept) this.to('attaching');
    this.kept = true;
    try {
      await this.connected(options, signal);
      this.kept = true;
      this.hold();
      this.to('attached');
    } catch (error) {
      // While it is being mended that goes on, and only this wait has ended.
      if (this.mending) throw error;
      this.kept = false;
      this.to('detached', error instanceof CancelledError ? before.problem : messageOf(error));
      throw error;
    }
  }

  detach(): void {
    this.kept = false;
    this.drop();
    this.to('detached');
  }

  dispose(): void {
    this.disposed = true;
    this.detach();
    this.credentials.clear();
    this.changed.dispose();
    this.reconnected.dispose();
  }

  run(argv: readonly [string, ...string[]], options: RunOptions, signal: AbortSignal): Promise<RunOutput> {
    return runToEnd((inner) => this.start(argv, options, inner), this.label, options, signal);
  }

  async start(argv: readonly string[], options: StartOptions, signal: AbortSignal): Promise<RemoteProcess> {
    const [program, ...words] = argv;
    const command = program === undefined ? undefined : remoteCommand([program, ...words]);
    return this.using(options, signal, (links, use) =>
      links.session(
        (link, release) =>
          link.session(command, options.terminal, (channel) => {
            const done = use();
            return remoteProcess(channel, link, this.label, signal, () => {
              release();
              done();
            });
          }),
        signal,
      ),
    );
  }

  async connect(
    host: string,
    port: number,
    options: CallOptions,
    signal: AbortSignal,
  ): Promise<RemoteSocket> {
    return this.using(options, signal, async ({ first }, use) => {
      const socket = await first.forward(host, port, (channel) => remoteSocket(channel, first, use()));
      if (signal.aborted) {
        socket.close();
        throw new CancelledError();
      }
      return socket;
    });
  }

  /**
   * Does `work` with a connection, which stays while it is in use: until `work` is done, and as long as each `use()` that it
   * called has not been ended.
   */
  private async using<T>(
    options: CallOptions,
    signal: AbortSignal,
    work: (links: Links, use: () => () => void) => Promise<T>,
  ): Promise<T> {
    const use = () => {
      this.uses += 1;
      this.hold();
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        this.uses -= 1;
        this.hold();
      };
    };
    const done = use();
    try {
      const links = await this.connected(options, signal);
      // A connection that has just fallen silent answers nothing, and is given up only later.
      return await cancellable(work(links, use), signal);
    } catch (error) {
      // Somebody detached while this was waiting for the connection.
      if (error instanceof CancelledError && !signal.aborted) throw closedError();
      throw error;
    } finally {
      done();
    }
  }

  private async connected(options: CallOptions, signal: AbortSignal): Promise<Links> {
    for (;;) {
      throwIfCancelled(signal);
      if (this.disposed)
        throw new ProviderError('network', `Trainyard has let go of this machine: ${this.label}`);
      if (this.links) return this.links;
      if (this.mending) {
        await this.mendedSoon(this.mending, options, signal);
        continue;
      }
      try {
        await this.connecting.link(options.quiet === true, signal, (link) => {
          this.take(link);
        });
      } catch (error) {
        if (this.status.state === 'detached' && !(error instanceof CancelledError))
          this.to('detached', messageOf(error));
        throw error;
      }
    }
  }

  private async mendedSoon(mending: Mending, { quiet }: CallOptions, signal: AbortSignal): Promise<void> {
    if (quiet !== true) mending.hurry();
    try {
      await cancellable(mending.done, signal);
    } catch (error) {
      // It asked nobody, but here somebody can be asked.
      if (quiet === true || !(error instanceof ProviderError) || error.kind !== 'auth') throw error;
    }
  }

  private take(link: Link): void {
    const links = new Links(
      link,
      (signal) => this.connecting.further(signal),
      this.parts.context.now,
      this.times.idleClose,
      (lost) => {
        if (this.links !== links) return;
        this.links = undefined;
        this.parts.context.log.info(lost.message);
        if (this.kept) this.mend(lost);
      },
    );
    this.links = links;
    if (this.kept) this.to('attached');
    else if (this.status.problem !== undefined) this.to('detached');
    this.hold();
  }

  private mend(lost: ProviderError): void {
    this.to('reconnecting', lost.message);
    const mending = new Mending(this.times, {
      connect: (signal) =>
        this.connecting.link(true, signal, (link) => {
          this.take(link);
        }),
      onFailure: (failure) => {
        this.to('reconnecting', failure.message);
      },
      onEnd: (failure) => {
        if (this.mending === mending) this.mending = undefined;
        if (failure) {
          this.kept = false;
          this.to('detached', failure.message);
        } else this.reconnected.fire();
      },
    });
    this.mending = mending;
    mending.start();
  }

  /** Keeps this process alive only while something is in use, and closes what nobody attached or uses. */
  private hold(): void {
    clearTimeout(this.idle);
    this.links?.hold(this.uses > 0);
    if (this.uses > 0 || this.kept || !this.links) return;
    this.idle = setTimeout(() => {
      this.drop();
    }, this.times.idleClose);
    this.idle.unref();
  }

  private drop(): void {
    clearTimeout(this.idle);
    this.mending?.stop();
    this.mending = undefined;
    this.connecting.stop();
    const { links } = this;
    this.links = undefined;
    links?.close();
  }

  private to(state: MachineState, problem?: string): void {
    if (this.status.state === state && this.status.problem === problem) return;
    this.status = { state, since: this.parts.context.now(), ...(problem !== undefined && { problem }) };
    this.changed.fire(this.status);
  }
}
