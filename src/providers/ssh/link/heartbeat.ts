import type { Disposable } from '../../../lib/disposables';

export interface Pulse {
  /** Milliseconds between two looks. */
  readonly interval: number;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Bytes that have come so far, where that can be told: what comes is a sign of life. */
  readonly bytes: () => number | undefined;
  /** Asks the other side for an answer. */
  readonly ping: (onAnswer: () => void) => void;
  /** Called once. */
  readonly onDead: (why: string) => void;
}

/** Questions that may stay without an answer. A silent connection is therefore given up after 2 to 3 intervals. */
const unansweredAtMost = 2;

/**
 * Finds out that a connection is dead, which TCP tells only after many minutes. A clock that has jumped says that this computer
 * slept: then the other side has most likely given up, and asking it would only cost time.
 */
export class Heartbeat implements Disposable {
  private readonly timer: ReturnType<typeof setInterval>;
  private unanswered = 0;
  private lastLook: number;
  private lastBytes: number | undefined;

  constructor(private readonly pulse: Pulse) {
    this.lastLook = pulse.now();
    this.timer = setInterval(() => {
      this.look();
    }, pulse.interval);
    this.timer.unref();
  }

  dispose(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const { interval, now, bytes, ping } = this.pulse;
    const elapsed = now() - this.lastLook;
    this.lastLook += elapsed;
    if (elapsed > 3 * interval) {
      this.die('this computer was asleep');
      return;
    }
    const received = bytes();
    if (received !== this.lastBytes) this.unanswered = 0;
    this.lastBytes = received;
    if (this.unanswered >= unansweredAtMost) {
      this.die('the machine did not answer any more');
      return;
    }
    this.unanswered += 1;
    ping(() => {
      this.unanswered = 0;
    });
  }

  private die(why: string): void {
    this.dispose();
    this.pulse.onDead(why);
  }
}
