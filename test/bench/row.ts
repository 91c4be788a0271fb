/** One line of `npm run bench`. A machine that is shared gives unstable times: the ratio is the useful part. */
export interface Row {
  /** Its number among the project's standing benchmarks; absent for others. */
  readonly number?: number;
  readonly metric: string;
  /** In `unit`. */
  readonly ours: number;
  readonly unit: string;
  /** What is compared with, measured in the same run, or a published figure with its source. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** What nature or another's product allows, in words. */
  readonly limit?: string;
  /** In `unit`. */
  readonly target?: { readonly atMost: number } | { readonly atLeast: number };
  /** How it was measured, when the metric does not say. */
  readonly note?: string;
}

/** A file `*.bench.ts` exports one of these as `bench`. */
export type Bench = () => Promise<readonly Row[]>;

/** The middle one; of an even number the lower. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new Error('No values to take the median of.');
  return middle;
}
