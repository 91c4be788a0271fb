import { thresholds } from './thresholds';

/** How often a GPU's use was how high, from its first use on: what came before is the warm-up. */
export class Shares {
  private readonly counts = new Uint32Array(101);
  count = 0;

  /** In percent. */
  add(share: number): void {
    if (this.count === 0 && !(share >= thresholds.gpuUsed)) return;
    const at = Math.round(share);
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.count++;
  }

  /** By nearest rank; `undefined` for fewer than `least` samples. */
  percentile(part: number, least: number): number | undefined {
    if (this.count < least) return undefined;
    let below = 0;
    return this.counts.findIndex((count) => (below += count) >= part * this.count);
  }
}
