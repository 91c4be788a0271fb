import { CancelledError, ProviderError } from '../../../core/errors';
import { RefusedError, type Link } from './link';
import { closedError } from './linkError';

/** OpenSSH’s MaxSessions unless its administrator says otherwise; a server with less refuses, and is then believed. */
const sessionsAtMost = 10;
/** Connections to one machine. */
const linksAtMost = 4;
/** How long a connection that refused a session is left alone, unless one of its own ends before. */
const refusedFor = 30_000;
/** How long no further connection is tried after one could not be made. */
const failedFor = 10_000;

interface Held {
  readonly link: Link;
  sessions: number;
  /** Sessions that it ever gave: a server that never gave one gives none. */
  given: number;
  /** Unix milliseconds until which it is taken as full. */
  fullUntil: number;
  idle: ReturnType<typeof setTimeout> | undefined;
}

/**
 * The connections to one machine that is there. A server gives only so many sessions on one, so further ones are opened when all are in
 * use, and closed again when they are not. When one is lost, all are taken as lost: what breaks one breaks the others.
 */
export class Links {
  lost: ProviderError | undefined;
  private readonly all: Held[] = [];
  private readonly waiting = new Set<() => void>();
  private opening: Promise<void> | undefined;
  private noFurtherUntil = 0;
  private held = false;
  private readonly ended = new AbortController();

  constructor(
    first: Link,
    private readonly open: (signal: AbortSignal) => Promise<Link>,
    private readonly now: () => number,
    private readonly idleClose: number,
    private readonly onLost: (lost: ProviderError) => void,
  ) {
    this.add(first);
  }

  /** The one that stays. */
  get first(): Link {
    const [held] = this.all;
    if (!held) throw new Error('A closed connection was used');
    return held.link;
  }

  /** Whether they keep this process alive. */
  hold(held: boolean): void {
    this.held = held;
    for (const { link } of this.all) link.hold(held);
  }

  /**
   * Opens a session where there is room, waiting for room where there is none. `release` is called when it has ended. Throws `ProviderError`, `CancelledError`.
   */
  async session<T>(open: (link: Link, release: () => void) => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      const held = await this.room(signal);
      held.sessions += 1;
      clearTimeout(held.idle);
      const release = this.releasing(held);
      try {
        const opened = await open(held.link, release);
        held.given += 1;
        return opened;
      } catch (error) {
        release();
        if (!(error instanceof RefusedError)) throw error;
        if (held.given === 0 && held.sessions === 0) {
          throw new ProviderError(
            'forbidden',
            `The machine starts no programs for this user (${error.message}).`,
            { cause: error },
          );
        }
        held.fullUntil = this.now() + refusedFor;
      }
    }
  }

  close(): void {
    this.lose(closedError(), false);
  }

  private async room(signal: AbortSignal): Promise<Held> {
    for (;;) {
      if (signal.aborted) throw new CancelledError();
      if (this.lost) throw this.lost;
      const now = this.now();
      const held = this.all.find((one) => one.sessions < sessionsAtMost && one.fullUntil <= now);
      if (held) return held;
      if (this.all.length < linksAtMost && now >= this.noFurtherUntil) {
        this.opening ??= this.further().finally(() => {
          this.opening = undefined;
        });
      }
      await this.change(signal);
    }
  }

  private async further(): Promise<void> {
    try {
      const link = await this.open(this.ended.signal);
      if (this.lost) link.close();
      else this.add(link);
    } catch {
      // As with a password for one time only, or a server that takes no more connections now: what there is has to do.
      this.noFurtherUntil = this.now() + failedFor;
    }
    this.wake();
  }

  private add(link: Link): void {
    const held: Held = { link, sessions: 0, given: 0, fullUntil: 0, idle: undefined };
    this.all.push(held);
    link.hold(this.held);
    link.onLost((lost) => {
      if (this.all.includes(held)) this.lose(lost, true);
    });
    this.closeWhenIdle(held);
  }

  private releasing(held: Held): () => void {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      held.sessions -= 1;
      held.fullUntil = 0;
      this.closeWhenIdle(held);
      this.wake();
    };
  }

  /** The first one is its holder’s to close. */
  private closeWhenIdle(held: Held): void {
    clearTimeout(held.idle);
    if (held.sessions > 0 || held === this.all[0] || this.lost) return;
    held.idle = setTimeout(() => {
      this.all.splice(this.all.indexOf(held), 1);
      held.link.close();
    }, this.idleClose);
    held.idle.unref();
  }

  /** Resolves at the next change, or after a second, for what changes by time alone. */
  private async change(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const go = () => {
      resolve(undefined);
    };
    this.waiting.add(go);
    signal.addEventListener('abort', go, { once: true });
    const timer = setTimeout(go, 1000);
    await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', go);
    this.waiting.delete(go);
  }

  private wake(): void {
    for (const go of [...this.waiting]) go();
  }

  private lose(lost: ProviderError, tell: boolean): void {
    if (this.lost) return;
    this.lost = lost;
    this.ended.abort();
    const held = this.all.splice(0);
    for (const { link, idle } of held) {
      clearTimeout(idle);
      link.close();
    }
    this.wake();
    if (tell) this.onLost(lost);
  }
}
