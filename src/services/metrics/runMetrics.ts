import type { Disposable } from '../../lib/disposables';
import type { Event } from '../../lib/event';
import type { SeriesPoints, SeriesView } from '../../core/series/series';

export type { SeriesPoints, SeriesView } from '../../core/series/series';

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

/** A series whose steps went back between `before` and `t`: its script began again, from `step`. */
export interface RestartMark {
  readonly node: number;
  /** Unix milliseconds. */
  readonly before: number;
  readonly t: number;
  readonly step: number;
}

/** What a node has, as its telemetry tells; sizes in bytes, watts. */
export interface NodeHardware {
  readonly node: number;
  readonly memTotal?: number;
  readonly cores?: number;
  readonly gpus: readonly {
    readonly index: number;
    /** Of how many GPUs its values are the mean, where the platform has none of each. */
    readonly of?: number;
    readonly name?: string;
    readonly memTotal?: number;
    readonly powerLimit?: number;
  }[];
}

/** What a job measured so far, over all its nodes. Dispose of it when nobody looks. */
export interface RunMetrics extends Disposable {
  /** Keys in order of first appearance, then by node and rank. */
  series(): readonly SeriesInfo[];
  /** As many as `series()` has, without making it. */
  seriesCount(): number;
  /**
   * Points `fromIndex` (counted from 0) and on, as copies; none for a series that is not there. Without `rank` it is the
   * series without a rank, or else of the lowest rank.
   */
  read(key: string, node: number, fromIndex?: number, rank?: number): SeriesPoints;
  /** The series that `read` reads, as it is and grows, for windows of any range. */
  find(key: string, node: number, rank?: number): SeriesView | undefined;
  phases(): readonly PhaseMark[];
  guards(): readonly GuardMark[];
  /** Of every series; those of one restart lie close together. */
  restarts(): readonly RestartMark[];
  /** By node. The same list for as long as nothing is new. */
  hardware(): readonly NodeHardware[];
  /** What a person should know: a regex that was switched off, series that were left out. */
  notes(): readonly string[];
  /** More of any of these; at most one for each batch that was read, about every 50 ms. */
  readonly onDidChange: Event<void>;
  /** Resolves once all bytes that the logs held at the call are in; rejects when they can't be read. */
  settled(): Promise<void>;
}

/** What the diagnosis reads of a run. */
export type MeasuredRun = Pick<RunMetrics, 'series' | 'read' | 'phases' | 'hardware' | 'settled'>;
