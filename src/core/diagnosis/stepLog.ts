/** Points that are kept of one rank; twice as many are thinned to these. */
const most = 2048;

/** When a rank told its steps, thinned evenly so that a million steps take 64 kB. Ranks that tell the same steps keep the same ones. */
export class StepLog {
  private count = 0;
  private seen = 0;
  private stride = 1;
  private readonly times = new Float64Array(2 * most);
  private readonly steps = new Float64Array(2 * most);

  add(t: number, step: number): void {
    if (!Number.isFinite(step) || this.seen++ % this.stride !== 0) return;
    if (this.count === 2 * most) this.thin();
    this.times[this.count] = t;
    this.steps[this.count] = step;
    this.count++;
  }

  columns(): { readonly t: Float64Array; readonly step: Float64Array } {
    return { t: this.times.slice(0, this.count), step: this.steps.slice(0, this.count) };
  }

  private thin(): void {
    for (let i = 0; i < most; i++) {
      this.times[i] = this.times[2 * i] ?? 0;
      this.steps[i] = this.steps[2 * i] ?? 0;
    }
    this.count = most;
    this.stride *= 2;
  }
}
