/** One value a bucket, NaN where nothing was measured. Shorter than the grid means nothing more was measured. */
export type Column = Float64Array;

/**
 * What a run measured, on one grid of time: bucket `i` spans `from + i * width` and `width` milliseconds on, and holds the mean of
 * the samples in it. A column that is absent was never measured.
 */
export interface RunHistory {
  readonly from: number;
  readonly width: number;
  readonly count: number;
  /** Now, or for a run that has ended the end of its last sample. */
  readonly until: number;
  readonly ended: boolean;
  readonly nodes: readonly NodeHistory[];
  readonly phases: readonly Phase[];
  /** When the script told its first metric. */
  readonly firstMetric?: number;
  /** Of one metric, those of each rank or node that told it with steps. */
  readonly steps: readonly StepTimes[];
  /** GPUs a node that the job file asks for; `Infinity` for whatever the machine has, 0 for none. */
  readonly gpusAsked: number;
}

/** Shares in percent, sizes in bytes, rates in bytes per second. */
export interface NodeHistory {
  readonly node: number;
  readonly cores?: number;
  readonly memTotal?: number;
  readonly cpu?: Column;
  readonly iowait?: Column;
  /** Of each sample, the core with the highest use. */
  readonly busiestCore?: Column;
  readonly memUsed?: Column;
  readonly netIn?: Column;
  readonly netOut?: Column;
  /** Only those that tell their use: one that is cut into MIG slices does not. */
  readonly gpus: readonly GpuHistory[];
}

export interface GpuHistory {
  readonly index: number;
  readonly name?: string;
  readonly memTotal?: number;
  readonly util: Column;
  readonly memUsed?: Column;
}

export interface Phase {
  readonly t: number;
  readonly node: number;
  readonly phase: string;
  /** Absent for a moment. */
  readonly state?: 'start' | 'end';
}

/** When steps were told, in order of time. */
export interface StepTimes {
  readonly node: number;
  readonly rank?: number;
  readonly t: Float64Array;
  readonly step: Float64Array;
}
