import type { NotificationType, RequestType } from 'vscode-messenger-common';
import type { JobState } from '../core/trainingJob';
import type { Fact } from './runPanel';

/**
 * The contract of the panel that compares jobs. The page holds every row and sorts, filters and hides by itself; the host
 * says that rows have changed, and the page asks for those once it has drawn the last answer.
 */
export const comparePanelViewType = 'trainyard.compare';

export const compareTabs = ['table', 'charts', 'diff'] as const;
export type CompareTab = (typeof compareTabs)[number];

/** So many lines can be told apart in one chart. */
export const mostChecked = 10;

/** What the page keeps with `setState`. */
export interface SavedCompare {
  readonly version: 1;
  readonly tab: CompareTab;
  /** Ids of jobs by slot, which decides a run's colour; `null` for a free one. */
  readonly checked: readonly (string | null)[];
  /** Columns that were shown or hidden by hand, by id. */
  readonly columns: Readonly<Record<string, boolean>>;
  /** Whether columns that are equal in all rows are shown. */
  readonly equal: boolean;
  readonly starredFirst: boolean;
  readonly sort: SavedSort | null;
  readonly filter: string;
  readonly charts: SavedCharts;
}

export interface SavedSort {
  readonly column: string;
  readonly descending: boolean;
}

export interface SavedCharts {
  readonly axis: OverlayAxis;
  readonly logAxis: boolean;
  /** 0 = as measured, up to 0.99. */
  readonly smoothing: number;
}

// The table --------------------------------------------------------------------------------------------------------

/** A number is shown as the page writes numbers, or in words of its own. */
export type Cell = string | number | { readonly value: number; readonly text: string };

/** `time` is in unix milliseconds, `duration` in seconds, `money` in USD. */
export type ColumnKind = 'text' | 'number' | 'time' | 'duration' | 'money';

export interface CompareColumn {
  readonly id: string;
  readonly title: string;
  readonly group: 'run' | 'parameter' | 'metric';
  readonly kind: ColumnKind;
  /** Names by which a filter means it, in lower case. */
  readonly names: readonly string[];
  /** What it is, for the tooltip. */
  readonly hint?: string;
  /** What is looked for first in it: then the first click sorts downwards. */
  readonly highestFirst?: boolean;
  /** What a run is known by: shown even where all runs have the same. */
  readonly always?: boolean;
}

export interface CompareRow {
  readonly id: string;
  readonly name: string;
  readonly state: JobState;
  readonly starred: boolean;
  /** By column; absent where there is no such value. */
  readonly cells: Readonly<Record<string, Cell>>;
}

export interface TableView {
  /** Give it back with the next request: then only what has changed since comes. */
  readonly revision: number;
  readonly columns: readonly CompareColumn[];
  readonly rows: readonly CompareRow[];
  /** Jobs that were deleted since. */
  readonly removed: readonly string[];
  readonly reading: ReadingView;
  /** What a person should know, such as logs that can't be read. */
  readonly notes: readonly string[];
}

/** Logs that are read for the first time. */
export interface ReadingView {
  readonly done: number;
  readonly total: number;
}

// Charts -----------------------------------------------------------------------------------------------------------

/** Since the run's start, or by the step that the training counts. */
export type OverlayAxis = 'time' | 'step';

export interface OverlayChart {
  /** The metric's name. */
  readonly id: string;
  /** Of the runs that were asked for, how many measured it. */
  readonly runs: number;
  /** Whether every one of them says its steps. */
  readonly steps: boolean;
}

export interface OverlayRequest {
  readonly metric: string;
  readonly runs: readonly string[];
  readonly axis: OverlayAxis;
  /** On the axis; `null` for all there is. */
  readonly range: readonly [number, number] | null;
  /** Width in pixels: at most two points a column come back. */
  readonly columns: number;
}

export interface OverlaySeries {
  readonly run: string;
  readonly last: number;
  /** Milliseconds since the run's start, or steps; never decreasing. */
  readonly x: Float64Array;
  readonly value: Float64Array;
}

// The difference of two ---------------------------------------------------------------------------------------------

export interface DiffView {
  readonly sections: readonly DiffSection[];
  /** Whether the two job files, as they ran, differ; `null` where one can't be read. */
  readonly filesDiffer: boolean | null;
}

export interface DiffSection {
  readonly title: string;
  readonly rows: readonly DiffRow[];
}

/** `null` where the run has no such thing. */
export interface DiffRow {
  readonly name: Fact['name'];
  readonly a: string | null;
  readonly b: string | null;
}

// What the page asks -----------------------------------------------------------------------------------------------

/** The first thing a page sends. `checked` are the runs that a command asked for. */
export const hello: RequestType<void, { checked: readonly string[] }> = { method: 'hello' };
export const readTable: RequestType<{ since: number }, TableView> = { method: 'readTable' };
export const star: RequestType<{ id: string; starred: boolean }, void> = { method: 'star' };
export const openRun: RequestType<string, void> = { method: 'openRun' };
export const listOverlay: RequestType<readonly string[], readonly OverlayChart[]> = { method: 'listOverlay' };
export const readOverlay: RequestType<OverlayRequest, readonly OverlaySeries[]> = { method: 'readOverlay' };
export const readDiff: RequestType<{ a: string; b: string }, DiffView> = { method: 'readDiff' };
/** Shows both job files, as they ran, in the editor's own diff. */
export const openDiff: RequestType<{ a: string; b: string }, void> = { method: 'openDiff' };
/** Asks where, and writes these columns of these rows; the file's name, or `null` when nobody chose one. */
export const exportCsv: RequestType<{ columns: readonly string[]; rows: readonly string[] }, string | null> =
  {
    method: 'exportCsv',
  };

// What the host tells ----------------------------------------------------------------------------------------------

/** There is more to read from the table. */
export const tableChanged: NotificationType<void> = { method: 'tableChanged' };
/** A run that is overlaid has measured more. */
export const overlayGrew: NotificationType<void> = { method: 'overlayGrew' };
/** A command asks the panel, which is open already, to check these runs and no others. */
export const checkRuns: NotificationType<readonly string[]> = { method: 'checkRuns' };
