/** Something that keeps a run from going well, with what shows it and what to try. Over a time that has passed, never a forecast but for memory. */
export interface Finding {
  readonly kind: FindingKind;
  readonly severity: 'warning' | 'error';
  /** One sentence without its stop: what, the numbers, and for how long. */
  readonly title: string;
  readonly evidence: readonly Evidence[];
  /** What to try, most promising first. */
  readonly advice: readonly string[];
}

export type FindingKind =
  | 'memoryFull'
  | 'gpuUnused'
  | 'slowRank'
  | 'unevenLoad'
  | 'checkpointing'
  | 'ioBound'
  | 'networkBound'
  | 'inputBound'
  | 'batchTooSmall';

/** One measurement that a finding rests on, over `from` to `to` (unix milliseconds). */
export interface Evidence {
  /** Such as `GPU use`. */
  readonly what: string;
  /** With its unit, such as `23 %`. */
  readonly value: string;
  readonly from: number;
  readonly to: number;
  /** Absent where it is of the whole job. */
  readonly node?: number;
  readonly gpu?: number;
  readonly rank?: number;
}
