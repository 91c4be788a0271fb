import type { NotificationType, RequestType } from 'vscode-messenger-common';
import type { LogQuery } from '../core/logQuery';
import type { SeriesAxis } from '../core/series/series';
import type { JobState } from '../core/trainingJob';
import type {
  LineId,
  LogExtent,
  LogMarks,
  LogRange,
  LogSpan,
  LogTarget,
  LogView,
  LogWindow,
  SearchHit,
  SearchRequest,
  SearchState,
  WholeLine,
} from './runLog';

export type { SeriesAxis } from '../core/series/series';

/**
 * The contract of the run panel: what the page may ask of the host, and what the host tells the page. The page asks for
 * all that can be large and asks again only when it has drawn the last answer; the host only says that there is more.
 * Times are unix milliseconds; durations, money and sizes come as words, so that every host says them alike.
 */
export const runPanelViewType = 'trainyard.run';

export const runTabs = ['overview', 'logs', 'metrics', 'spec', 'outputs'] as const;
export type RunTab = (typeof runTabs)[number];

/** What the page keeps with `setState`; the host reads `jobId` and `tab` of it after a reload. */
export interface SavedPanel {
  readonly version: 2;
  readonly jobId: string;
  readonly tab: RunTab;
  /** `scrollTop` by tab. The log keeps a line instead, which stays right when the window's size changes. */
  readonly scroll: Readonly<Partial<Record<RunTab, number>>>;
  readonly log: SavedLog;
  readonly metrics: SavedMetrics;
}

export interface SavedLog {
  readonly view: LogView;
  readonly follow: boolean;
  /** The topmost line in sight. */
  readonly top?: LineId;
  /** What was searched for last. */
  readonly query?: LogQuery;
}

export interface SavedMetrics {
  readonly node: number | null;
  readonly table: boolean;
  readonly logAxis: boolean;
  /** 0 = as measured, up to 0.99. */
  readonly smoothing: number;
  /** What training curves stand on; machines are always seen over time. */
  readonly axis: SeriesAxis;
}

// The job ----------------------------------------------------------------------------------------------------------

export interface JobView {
  readonly id: string;
  readonly name: string;
  readonly state: JobState;
  /** The platform's own word, for the tooltip. */
  readonly rawState: string;
  readonly connection: string;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly ended: boolean;
  /** Why it ended, in one sentence. */
  readonly reason?: string;
  readonly clock: ClockView;
  readonly nodes: readonly NodeView[];
  /** What else the platform says. */
  readonly facts: readonly JobFactView[];
  /** Why nobody knows now how it is: all else is what was last heard. */
  readonly unheard?: string;
  /** It was started outside Trainyard: there is no job file to run again. */
  readonly elsewhere?: true;
}

export interface JobFactView {
  readonly text: string;
  /** For the tooltip; lines. */
  readonly detail?: string;
}

/** What changes by the second. */
export interface ClockView {
  readonly elapsed: string;
  readonly cost: string;
  /** Such as `$3.92/h`. */
  readonly price: string;
}

export interface NodeView {
  readonly rank: number;
  readonly state: JobState;
  readonly phase?: string;
  /** `exit code 1`, `SIGKILL`, … */
  readonly exit?: string;
  readonly reason?: string;
}

export interface Greeting {
  /** `null` when the job's record is gone. */
  readonly job: JobView | null;
  /** The tab that a command asked for; absent after a reload, where the page goes back to its own. */
  readonly tab?: RunTab;
}

// The failure card -------------------------------------------------------------------------------------------------

export interface FailureView {
  readonly reason: string;
  /** Such as `ValueError: shapes do not match`. */
  readonly error?: string;
  readonly node?: number;
  readonly rank?: number;
  readonly exit?: string;
  readonly lines: readonly (readonly LogSpan[])[];
  /** Number of `lines[0]` in its node's log. */
  readonly firstLine?: number;
  readonly frames: readonly FrameView[];
  readonly hints: readonly string[];
}

export interface FrameView {
  readonly file: string;
  /** `file`, shortened to what tells it from others: relative to the workspace where it is in there. */
  readonly label: string;
  readonly line: number;
  readonly function: string;
  /** Whether it is one of the workspace's own files. */
  readonly canOpen: boolean;
}

// Metrics ----------------------------------------------------------------------------------------------------------

export type ChartSection = 'training' | 'gpu' | 'host';

export interface ChartInfo {
  readonly id: string;
  readonly title: string;
  readonly section: ChartSection;
  /** `''`, `%`, `B`, `B/s`, `W` or `°C`. */
  readonly unit: string;
  /** How many series there are; above `ChartRequest.lines` their spread is shown. */
  readonly series: number;
  /** How much there is of it: the scale's end where that is known. */
  readonly limit?: number;
  /** Whether it can be seen by step. */
  readonly steps?: boolean;
  /** Its place on the overview, from 0; absent when it has none. */
  readonly overview?: number;
}

export interface ChartsView {
  readonly charts: readonly ChartInfo[];
  /** Of all charts together; `metricsGrew` tells when there are more. */
  readonly series: number;
  /** What a person should know of the metrics, such as a regex that was switched off. */
  readonly notes: readonly string[];
}

export interface ChartRequest {
  readonly id: string;
  /** A rank, or `null` for all nodes. */
  readonly node: number | null;
  readonly axis: SeriesAxis;
  /** `null` for all there is. */
  readonly range: readonly [number, number] | null;
  /** What `range` is in: unix milliseconds or steps. Charts by step can be asked for a range of time. */
  readonly by: SeriesAxis;
  /** Of what is not sent whole, averages over all points come with this weight; 0 for none. */
  readonly smoothing: number;
  /** Width in pixels: at most two points a column come back. */
  readonly columns: number;
  /** So many lines can be told apart: of more series, the highest, mean and lowest come back as three lines. */
  readonly lines: number;
  /** What the page holds already, as `ChartData.held` gave it; `null` for nothing. */
  readonly held: readonly number[] | null;
}

export interface ChartData {
  readonly id: string;
  /** Give it back with the next request: then only what is new comes. */
  readonly held: readonly number[];
  /** By series, how many of the points that the page holds stay: `series` are what comes behind them. */
  readonly from: readonly number[];
  /** Whether `series` are the highest, mean and lowest of many. */
  readonly spread: boolean;
  /** The first and last place of all there is on the axis. */
  readonly extent: readonly [number, number] | null;
  /** Nothing of it will change, so that nothing is to be asked for again. */
  readonly final: boolean;
  readonly series: readonly SeriesData[];
}

export interface SeriesData {
  readonly label: string;
  /** Decides its colour, the same for a node in each chart. */
  readonly colour: number;
  readonly last: number;
  readonly t: Float64Array;
  /** NaN where the point has none. */
  readonly step: Float64Array;
  readonly value: Float64Array;
  /** The moving average at each point, where it was asked for and the points are not all there are. */
  readonly smooth?: Float64Array;
  /** Milliseconds from which on two neighbours are not joined, as nobody measured between them; absent: all are joined. */
  readonly gap?: number;
}

// The timeline -----------------------------------------------------------------------------------------------------

export interface TimelineView {
  readonly from: number;
  readonly to: number;
  readonly spans: readonly TimelineSpan[];
  readonly marks: readonly TimelineMark[];
}

export interface TimelineSpan {
  readonly label: string;
  readonly kind: 'setup' | 'run' | 'other' | 'step';
  readonly from: number;
  readonly to: number;
  readonly open: boolean;
  readonly duration: string;
}

export interface TimelineMark {
  readonly label: string;
  readonly kind: 'checkpoint' | 'restart' | 'warning' | 'stop' | 'end';
  readonly t: number;
}

// Why it does not go well -------------------------------------------------------------------------------------------

export interface DiagnosisView {
  readonly findings: readonly FindingView[];
  /** One line for a long run that shows nothing. */
  readonly healthy?: string;
  /** After the run. */
  readonly rightSize?: RightSizeView;
}

export interface FindingView {
  /** Stays the same while the finding's numbers change. */
  readonly id: string;
  readonly severity: 'warning' | 'error';
  readonly title: string;
  readonly advice: readonly string[];
  readonly evidence: readonly EvidenceView[];
}

export interface EvidenceView extends Fact {
  /** Such as `node 1, GPU 3`; empty for the whole job. */
  readonly where: string;
  readonly from: number;
  readonly to: number;
}

export interface RightSizeView {
  readonly title: string;
  readonly facts: readonly Fact[];
  readonly choices: readonly ChoiceView[];
  /** What makes it another, such as a GPU that waited. */
  readonly warnings: readonly string[];
  /** What it rests on. */
  readonly notes: readonly string[];
}

export interface ChoiceView {
  /** Such as `aws g6.xlarge`. */
  readonly machine: string;
  /** Such as `1 × L4, 24 GB`. */
  readonly gpus: string;
  readonly price: string;
  readonly saves?: string;
  readonly caveats: readonly string[];
}

// Spec and outputs -------------------------------------------------------------------------------------------------

export interface SpecView {
  /** The job file as it ran; `null` when it can't be read, `problem` says why. */
  readonly text: string | null;
  readonly problem?: string;
  readonly facts: readonly Fact[];
  readonly envs: readonly Fact[];
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

export interface OutputView {
  readonly name: string;
  readonly size: string;
  readonly onThisComputer: boolean;
  readonly files: readonly { readonly path: string; readonly size: string }[];
}

export interface OutputsView {
  /** Names that the job file promises. */
  readonly promised: readonly string[];
  readonly outputs: readonly OutputView[];
}

// What the page asks -----------------------------------------------------------------------------------------------

export const runActions = [
  'stop',
  'resubmit',
  'editJobFile',
  'openJobFile',
  'openFolder',
  'copyId',
  'revealOutputs',
] as const;
export type RunAction = (typeof runActions)[number];

/** The first thing a page sends. Nothing is told to a page that has not greeted. */
export const hello: RequestType<void, Greeting> = { method: 'hello' };
/** A spend is confirmed natively by the host before it happens. */
export const act: RequestType<RunAction, void> = { method: 'act' };
export const readFailure: RequestType<void, FailureView | null> = { method: 'readFailure' };
/** Opens frame `index` of the failure in the workspace. */
export const openFrame: RequestType<number, void> = { method: 'openFrame' };
/** `from` below 0 counts from the end. */
export const readLog: RequestType<{ view: LogView; from: number; count: number }, LogWindow> = {
  method: 'readLog',
};
/** The row of a line or time in a view, or of the next one that is shown. */
export const findRow: RequestType<{ view: LogView; target: LogTarget }, number> = { method: 'findRow' };
/** Begins a search in the lines of the view's node, shown or not; `searchMoved` tells how it goes. Ends the one before. */
export const searchLog: RequestType<SearchRequest, SearchState> = { method: 'searchLog' };
/** The next row behind or before `row` that matches, round the end; `null` where none does. */
export const findHit: RequestType<{ view: LogView; row: number; back: boolean }, SearchHit | null> = {
  method: 'findHit',
};
/** At most `mostStripParts` parts. */
export const readMarks: RequestType<{ view: LogView; parts: number }, LogMarks> = { method: 'readMarks' };
/** Puts the rows' text, without escapes, on the clipboard. */
export const copyRows: RequestType<LogRange, void> = { method: 'copyRows' };
/** Opens the rows' text in an editor of its own. */
export const openRows: RequestType<LogRange, void> = { method: 'openRows' };
/** Asks where to, and saves the log of a node (`null`: of all nodes) byte for byte. */
export const saveLog: RequestType<{ node: number | null }, void> = { method: 'saveLog' };
export const listCharts: RequestType<void, ChartsView> = { method: 'listCharts' };
export const readChart: RequestType<ChartRequest, ChartData> = { method: 'readChart' };
export const readTimeline: RequestType<void, TimelineView | null> = { method: 'readTimeline' };
/** Asked for at most every few seconds. */
export const readDiagnosis: RequestType<void, DiagnosisView> = { method: 'readDiagnosis' };
export const readSpec: RequestType<void, SpecView> = { method: 'readSpec' };
export const readOutputs: RequestType<void, OutputsView> = { method: 'readOutputs' };
/** More of one long line: at most `longestWholeLine` characters. */
export const readLine: RequestType<LineId, WholeLine> = { method: 'readLine' };
/** Opens a node's log in an editor, at a line. */
export const openLog: RequestType<LineId, void> = { method: 'openLog' };
/** Brings an output of a job that has ended to this computer, with progress; also answers when that was cancelled. */
export const downloadOutput: RequestType<{ name: string }, void> = { method: 'downloadOutput' };
export const openOutput: RequestType<{ name: string; path: string }, void> = { method: 'openOutput' };

// What the host tells ----------------------------------------------------------------------------------------------

/** The job as it is now, `null` when it was deleted. */
export const jobChanged: NotificationType<JobView | null> = { method: 'jobChanged' };
export const ticked: NotificationType<ClockView> = { method: 'ticked' };
/** At most every 33 ms, for the views that the page has read from. */
export const logGrew: NotificationType<readonly { view: LogView; extent: LogExtent }[]> = {
  method: 'logGrew',
};
/** At most every 50 ms while a search goes on. */
export const searchMoved: NotificationType<SearchState> = { method: 'searchMoved' };
/** At most every 100 ms. The page asks for what it shows once it has drawn what it asked for before. */
export const metricsGrew: NotificationType<{ series: number }> = { method: 'metricsGrew' };
/** A command asks the panel, which is open already, for this tab. */
export const showTab: NotificationType<RunTab> = { method: 'showTab' };
