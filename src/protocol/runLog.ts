import type { LogLevel } from '../core/lineClass';
import type { LogQuery } from '../core/logQuery';

// The run panel's contract, as far as it is about the log: which lines are shown, how they look, where they match.

/** Which lines the list shows. */
export interface LogView {
  /** A rank of the job's nodes, or `null` for all nodes in order of time. */
  readonly node: number | null;
  /** Whether lines that start with `##trainyard ` are shown. */
  readonly telemetry: boolean;
  /** Lines of this level and above; `none` for all. */
  readonly level: LogLevel;
  /** Lines whose prefix names this rank of the training's processes; `null` for all. */
  readonly rank: number | null;
  /** What `setup` wrote, or what was written after it; `null` for both. */
  readonly stream: 'setup' | 'run' | null;
}

/** Every line of every node that is not telemetry. */
export const plainView: LogView = { node: null, telemetry: false, level: 'none', rank: null, stream: null };

export interface LineId {
  readonly node: number;
  /** 0-based in its node's log. */
  readonly number: number;
}

export interface LogExtent {
  readonly rows: number;
  /** How many of the last rows are of lines that are still being written: they change, and others come before them. */
  readonly live: number;
  /** Whether the log is still being looked through, so that `rows` grows without the job writing. */
  readonly reading: boolean;
  /** No more lines will come. */
  readonly ended: boolean;
  /** Of all lines of the view's node, shown or not. */
  readonly errors: number;
  readonly warnings: number;
  /** Ranks that lines name, in order: what can be chosen. */
  readonly ranks: readonly number[];
  /** Whether `setup` wrote a part of it. */
  readonly setup: boolean;
  /** One sentence where the oldest part is kept compressed. */
  readonly compressed?: string;
}

/** Where to go in a log. */
export type LogTarget =
  | { readonly kind: 'line'; readonly line: LineId }
  /** Unix milliseconds. */
  | { readonly kind: 'time'; readonly t: number };

/** Rows `from` to `to - 1` of a view. */
export interface LogRange {
  readonly view: LogView;
  readonly from: number;
  readonly to: number;
}

export interface SearchRequest {
  readonly view: LogView;
  /** `null` ends the search. */
  readonly query: LogQuery | null;
}

/** How far the search is. */
export interface SearchState {
  /** Lines that match, in all lines of the view's node. */
  readonly hits: number;
  /** There are more, which are not marked. */
  readonly more: boolean;
  /** 0 to 1. */
  readonly share: number;
  readonly done: boolean;
  readonly problem?: string;
}

/** A line that matches. */
export interface SearchHit {
  readonly row: number;
  /** Its number among the rows that match, from 0, and how many there are. */
  readonly index: number;
  readonly count: number;
}

/** Where marks stand beside the scroll bar: 1 for each part of the list, from its top to its end, that has one. */
export interface LogMarks {
  readonly hits: Uint8Array;
  readonly errors: Uint8Array;
}

export const mostStripParts = 4000;

/** A piece of a line in one style. Colours are 0-15 of the terminal's palette, or `#rrggbb`. */
export interface LogSpan {
  readonly text: string;
  readonly fg?: number | string;
  readonly bg?: number | string;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly strike?: boolean;
  readonly inverse?: boolean;
}

export interface LogRow extends LineId {
  readonly t?: number;
  readonly spans: readonly LogSpan[];
  /** Whether there is more of this line than `spans` show. */
  readonly truncated: boolean;
  readonly telemetry: boolean;
  /** Where the text of all spans matches what is searched for; absent where it does not. */
  readonly matches?: readonly (readonly [from: number, to: number])[];
}

export interface LogWindow {
  readonly from: number;
  readonly rows: readonly LogRow[];
  readonly extent: LogExtent;
}

export interface WholeLine {
  readonly spans: readonly LogSpan[];
  readonly truncated: boolean;
}

export const longestWholeLine = 200_000;

/** At most this many rows in one window. */
export const maxWindowRows = 500;
