import type { Disposable } from '../../lib/disposables';

/** Runs `work` soon after it is asked for, at most once each `milliseconds`, and never twice at a time. */
export class Throttle implements Disposable {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private working = false;
  private asked = false;
  private disposed = false;
  private last = -Infinity;

  constructor(
    private readonly milliseconds: number,
    private readonly work: () => void | Promise<void>,
    /** Milliseconds that only grow. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  ask(): void {
    if (this.disposed) return;
    this.asked = true;
    if (this.working || this.timer) return;
    const wait = Math.max(0, this.last + this.milliseconds - this.now());
    this.timer = setTimeout(() => void this.run(), wait);
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    this.begin();
    try {
      await this.work();
    } finally {
      this.working = false;
      if (this.asked) this.ask();
    }
  }

  private begin(): void {
    this.timer = undefined;
    this.asked = false;
    this.working = true;
    this.last = this.now();
  }
}
