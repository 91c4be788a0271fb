import type { GuardMark, NodeHardware, PhaseMark } from '../metrics/runMetrics';
import type { FollowedFileState } from './followedFile';

/** What the metrics thread is told. Runs are numbered by whoever started it. */
export type ToMetrics =
  | {
      readonly kind: 'open';
      readonly run: number;
      /** By rank. */
      readonly nodes: readonly NodeFiles[];
      readonly regexes: readonly { readonly name: string; readonly regex: string }[];
    }
  | {
      readonly kind: 'stir';
      readonly run: number;
      readonly node: number;
      readonly channel: keyof NodeFiles;
      readonly over: boolean;
    }
  /** Asks to be told, in a batch's `settled`, when all is in that the files hold now. */
  | { readonly kind: 'settle'; readonly run: number; readonly ticket: number }
  /** The last batch was taken in; there is never more than one under way. */
  | { readonly kind: 'taken'; readonly run: number }
  | { readonly kind: 'close'; readonly run: number };

export interface NodeFiles {
  readonly log: FollowedFileState;
  readonly telemetry: FollowedFileState;
}

/** What the metrics thread tells. */
export type FromMetrics =
  | { readonly kind: 'batch'; readonly run: number; readonly batch: MetricBatch }
  | { readonly kind: 'failed'; readonly run: number; readonly error: unknown };

export interface SeriesKey {
  readonly key: string;
  readonly node: number;
  readonly rank?: number;
  readonly unit: string;
}

/** What came since the batch before. Points are columns in the order in which they were read. */
export interface MetricBatch {
  /** Series are numbered in the order in which they are named here, over all batches of a run. */
  readonly named: readonly SeriesKey[];
  readonly series: Uint32Array;
  readonly t: Float64Array;
  /** NaN where there is none. */
  readonly step: Float64Array;
  readonly value: Float64Array;
  readonly phases: readonly PhaseMark[];
  readonly guards: readonly GuardMark[];
  /** Of the nodes where something is new. */
  readonly hardware: readonly NodeHardware[];
  /** All there are, where there is a new one. */
  readonly notes?: readonly string[];
  readonly settled: readonly number[];
}
