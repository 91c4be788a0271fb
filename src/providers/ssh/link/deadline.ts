/** Calls `onPassed` once, after `milliseconds` in which nobody was waited for. Keeps no process alive. */
export class Deadline {
  private left: number;
  private from = 0;
  private waits = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private over = false;

  constructor(
    milliseconds: number,
    private readonly onPassed: () => void,
  ) {
    this.left = milliseconds;
    this.go();
  }

  /** The time in which a person thinks about an answer does not count. */
  async without<T>(work: () => Promise<T>): Promise<T> {
    if (this.waits++ === 0) {
      clearTimeout(this.timer);
      this.left -= performance.now() - this.from;
    }
    try {
      return await work();
    } finally {
      if (--this.waits === 0 && !this.over) this.go();
    }
  }

  end(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  private go(): void {
    this.from = performance.now();
    this.timer = setTimeout(this.onPassed, Math.max(0, this.left));
    this.timer.unref();
  }
}
