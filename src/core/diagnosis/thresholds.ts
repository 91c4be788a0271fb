/**
 * What the rules compare with. Those marked SM are the defaults of SageMaker Debugger's profiler rules
 * (docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-profiler-rules.html). Shares are in percent.
 */
export const thresholds = {
  /**
   * Below it on average, a GPU that either works or waits has waited for more than half of the time, which is SM's measure of
   * a bottleneck. SM itself counts moments below 10 %; samples some seconds apart blend the two.
   */
  gpuWaits: 50,
  /** SM LowGPUUtilization, and BatchSize for all three of GPU, CPU and GPU memory: p95 below it is low. */
  low: 70,
  /** SM CPUBottleneck. Taken for one core as well: a Python process can't use more than one. */
  cpuBusy: 90,
  /** SM IOBottleneck: share of the CPU's time that is spent waiting for a disk. */
  iowait: 50,
  /** Least share where many cores make one that waits look like little. */
  leastIowait: 5,
  /** A GPU above it is in use, for the guardrails as well; a desktop or a driver's own work stays below. */
  gpuUsed: 5,
  /** Of the most that was seen: a rate that stays up there has reached something's limit. */
  networkFlat: 0.8,
  /** B/s: 100 Mbit/s, far above what logs and metrics need, and below what any cloud machine can do. */
  networkBusy: 12.5e6,
  /** SM LoadBalancing: a difference of 20 % between workers is an imbalance. */
  slower: 1.2,
  /** Percent points between one GPU and the rest; SM's 20 % with room for noise. */
  gpuGap: 30,
  /** Share of time in checkpoints that is worth doing something about. */
  checkpointShare: 0.1,
  /** Share of memory beyond which little more fits. */
  memoryFull: 0.95,
  /** Longest time ahead for which memory is extrapolated, and by how much longer than what was seen of the trend. */
  memoryAhead: 6 * 3_600_000,
  memoryAheadOfSeen: 2,
  /** Milliseconds: SM MaxInitializationTime is 20 min; half of it passes before slowness counts even if no step was seen. */
  warmUp: 600_000,
  /** Milliseconds and buckets that a finding needs at least. */
  leastTime: 120_000,
  leastBuckets: 6,
  /** Milliseconds that a GPU must be unused for. */
  unusedTime: 300_000,
  /** What "now" is for a run that goes on, in milliseconds. */
  recent: 900_000,
  /** A live run whose last sample is older than this (or two buckets) tells nothing about now. */
  stale: 60_000,
} as const;
