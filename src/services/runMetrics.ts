import type { Disposable } from '../lib/disposables';
import type { Event } from '../lib/event';
import type { SeriesPoints } from '../core/series';

export type { SeriesPoints } from '../core/series';

export interface SeriesInfo {
  /** As the script named it, or `gpu.<index>.util`, `host.cpu`, `host.core.<n>` …; untrusted text. */
  readonly key: string;
  readonly node: number;
  /** Where the script said which rank measured it: then a node has one series of the key for each rank. */
  readonly rank?: number;
  /** `''`, `%`, `B`, `B/s`, `W` or `°C`. */
  readonly unit: string;
  readonly count: number;
  readonly last: number;
  readonly min: number;
  readonly max: number;
}

export interface PhaseMark {
  readonly t: number;
  readonly node: number;
  readonly phase: string;
  /** Absent for a moment, such as a checkpoint. */
  readonly state?: 'start' | 'end';
  readonly path?: string;
}

export interface GuardMark {
  readonly t: number;
  readonly node: number;
  readonly rule: string;
  readonly action: 'warn' | 'stop';
  readonly reason: string;
}

/** What a node has, as its telemetry tells; sizes in bytes, watts. */
export interface NodeHardware {
  readonly node: number;
  readonly memTotal?: number;
  readonly cores?: number;
  readonly gpus: readonly {
    readonly index: number;
    readonly name?: string;
    readonly memTotal?: number;
    readonly powerLimit?: number;
  }[];
}

/** What a job measured so far, over all its nodes. Dispose of it when nobody looks. */
export interface RunMetrics extends Disposable {
  /** Keys in order of first appearance, then by node and rank. */
  series(): readonly SeriesInfo[];
  /**
   * Points `fromIndex` (counted from 0) and on, as copies; none for a series that is not there. Without `rank` it is the
   * series without a rank, or else of the lowest rank.
   */
  read(key: string, node: number, fromIndex?: number, rank?: number): SeriesPoints;
  phases(): readonly PhaseMark[];
  guards(): readonly GuardMark[];
  hardware(): readonly NodeHardware[];
  /** What a person should know: a regex that was switched off, series that were left out. */
  notes(): readonly string[];
  /** More of any of these; at most one for each chunk that was read. */
  readonly onDidChange: Event<void>;
  /** Resolves once all bytes that the logs held at the call are in; rejects when they can't be read. */
  settled(): Promise<void>;
}
