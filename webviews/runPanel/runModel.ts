import * as protocol from '../../src/protocol/runPanel';
import { plainView } from '../../src/protocol/runLog';
import type { ClockView, JobView, RunAction, RunTab, SavedPanel } from '../../src/protocol/runPanel';
import type { LineId, LogExtent, LogView, SearchState } from '../../src/protocol/runLog';
import { ask, messageOf, onTold, saveState, savedState, startListening } from '../shared/host';
import { tried } from '../shared/refusal';
import { Signal } from '../shared/signal';

/** What all parts of the page share: the job as the host told it last, and what is kept over a reload. */
class RunModel {
  /** `undefined` until the host has answered, `null` when the job's record is gone. */
  job: JobView | null | undefined;
  clock: ClockView | undefined;
  /** Why there is nothing to show. */
  problem: string | undefined;
  /** Why the last thing that the user asked for was not done. */
  refusal: string | undefined;
  saved: SavedPanel = initial(document.body.dataset.subject ?? '');

  readonly changed = new Signal();
  /** The clock moved on; once a second while the job runs. */
  readonly ticked = new Signal();
  readonly logGrew = new Signal<readonly { view: LogView; extent: LogExtent }[]>();
  readonly searchMoved = new Signal<SearchState>();
  readonly metricsGrew = new Signal<{ series: number }>();
  /** A line of the log that the log tab, which is open already, is to show. */
  readonly lineWanted = new Signal<LineId>();
  private wantedLine: LineId | undefined;
  private wantedTime: readonly [number, number] | null = null;

  async start(): Promise<void> {
    const state = savedState();
    if (isSaved(state, this.saved.jobId)) {
      // What an older version did not keep yet is as it is at first.
      this.saved = { ...state, metrics: { ...this.saved.metrics, ...state.metrics } };
    }
    saveState(this.saved);
    onTold(protocol.jobChanged, (job) => {
      this.set(job);
    });
    onTold(protocol.ticked, (clock) => {
      this.clock = clock;
      this.ticked.tell();
    });
    onTold(protocol.logGrew, (extents) => {
      this.logGrew.tell(extents);
    });
    onTold(protocol.searchMoved, (state) => {
      this.searchMoved.tell(state);
    });
    onTold(protocol.metricsGrew, (extent) => {
      this.metricsGrew.tell(extent);
    });
    onTold(protocol.showTab, (tab) => {
      this.showTab(tab);
    });
    startListening();
    try {
      const { job, tab } = await ask(protocol.hello, undefined);
      if (tab) this.keep({ tab });
      this.set(job);
    } catch (error) {
      this.problem = messageOf(error);
      this.changed.tell();
    }
  }

  keep(part: Partial<SavedPanel>): void {
    this.saved = { ...this.saved, ...part };
    saveState(this.saved);
  }

  showTab(tab: RunTab): void {
    this.keep({ tab });
    this.changed.tell();
  }

  /** Shows the log at `line`, among the lines of its node. */
  showLine(line: LineId): void {
    this.keep({
      log: { ...this.saved.log, view: { ...plainView, node: line.node }, follow: false, top: line },
    });
    this.wantedLine = line;
    this.showTab('logs');
    this.lineWanted.tell(line);
  }

  /** The line that the log tab was opened for. */
  takeWantedLine(): LineId | undefined {
    const line = this.wantedLine;
    this.wantedLine = undefined;
    return line;
  }

  /** Shows the metrics of a time. */
  showTime(from: number, to: number): void {
    this.wantedTime = [from, to];
    this.showTab('metrics');
  }

  /** The time that the metrics tab was opened for. */
  takeWantedTime(): readonly [number, number] | null {
    const time = this.wantedTime;
    this.wantedTime = null;
    return time;
  }

  async act(action: RunAction): Promise<void> {
    await this.tried(ask(protocol.act, action));
  }

  /** Waits for what the user asked for; when it fails, says so at the top of the page. */
  tried<T>(work: Promise<T>): Promise<T | undefined> {
    return tried(work, (text) => {
      this.refuse(text);
    });
  }

  refuse(refusal: string | undefined): void {
    if (this.refusal === refusal) return;
    this.refusal = refusal;
    this.changed.tell();
  }

  private set(job: JobView | null): void {
    this.job = job;
    this.clock = job?.clock;
    this.changed.tell();
  }
}

export { messageOf } from '../shared/host';

export const run = new RunModel();

function initial(jobId: string): SavedPanel {
  return {
    version: 2,
    jobId,
    tab: 'overview',
    scroll: {},
    log: { view: plainView, follow: true },
    metrics: { node: null, table: false, logAxis: false, smoothing: 0, axis: 'time' },
  };
}

/** State of an older version, or of another job, is not used. */
function isSaved(state: unknown, jobId: string): state is SavedPanel {
  if (typeof state !== 'object' || state === null) return false;
  return 'version' in state && state.version === 2 && 'jobId' in state && state.jobId === jobId;
}
