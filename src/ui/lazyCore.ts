import type { Core } from '../services/core';
import type { Disposable } from '../lib/disposables';
import { Emitter } from '../lib/event';

/**
 * The core, opened at the first need and shared by everything in this window. A failure to open is kept, so that every
 * part shows the same one, until `retry`.
 */
export class LazyCore implements Disposable {
  private opening: Promise<Core> | undefined;
  private opened: Core | undefined;
  private failed = false;
  private everFailed = false;
  private disposed = false;
  private readonly changed = new Emitter<void>();
  private readonly recovered = new Emitter<void>();

  /** Opened, failed, or to be tried again. */
  readonly onDidChange = this.changed.event;
  /** Opened, after it could not be: what was shown meanwhile is wrong now. */
  readonly onDidRecover = this.recovered.event;

  constructor(private readonly open: () => Promise<Core>) {}

  /** The core where it is open already; asking never opens it. */
  get current(): Core | undefined {
    return this.opened;
  }

  get(): Promise<Core> {
    return (this.opening ??= this.start());
  }

  /** Forgets a failure, so that the next `get` tries again. Does nothing to a core that is open. */
  retry(): void {
    if (!this.failed) return;
    this.failed = false;
    this.opening = undefined;
    this.changed.fire();
  }

  /** Uses the core from the moment it is open. Nothing here opens it. */
  whenOpen(use: (core: Core) => Disposable): Disposable {
    let using: Disposable | undefined;
    const start = () => {
      if (this.opened) using ??= use(this.opened);
    };
    const subscription = this.onDidChange(start);
    start();
    return {
      dispose: () => {
        subscription.dispose();
        using?.dispose();
      },
    };
  }

  dispose(): void {
    this.disposed = true;
    this.opened?.dispose();
    this.changed.dispose();
    this.recovered.dispose();
  }

  private async start(): Promise<Core> {
    try {
      const core = await this.open();
      if (this.disposed) core.dispose();
      else this.opened = core;
      if (this.everFailed)
        queueMicrotask(() => {
          this.recovered.fire();
        });
      return core;
    } catch (error) {
      this.failed = true;
      this.everFailed = true;
      throw error;
    } finally {
      // After this turn, so that a listener which asks again finds the settled promise.
      queueMicrotask(() => {
        this.changed.fire();
      });
    }
  }
}
