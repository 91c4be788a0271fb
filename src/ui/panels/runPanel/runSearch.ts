import type { TrainingJob } from '../../../core/trainingJob';
import { Disposables, type Disposable } from '../../../lib/disposables';
import type { LogMarks, LogView, SearchHit, SearchRequest, SearchState } from '../../../protocol/runLog';
import { mostHits, type LogSearch } from '../../../services/logStore/logSearch';
import type { LogStore } from '../../../services/logStore/logStore';
import { RowMarks, type MarkedLines } from './rowMarks';
import type { OpenView, RunLogs } from './runLogs';
import { Throttle } from '../throttle';

const nothing: MarkedLines = new Map();

/** Searches the log of one page, and tells it where matches and errors stand. */
export class RunSearch implements Disposable {
  private readonly held = new Disposables();
  private search: LogSearch | undefined;
  /** Of the view that was asked for last. */
  private marks: { readonly open: OpenView; readonly hits: RowMarks; readonly errors: RowMarks } | undefined;
  private readonly moved: Throttle;
  /** Counts searches, so that one that was replaced while it began is not kept. */
  private turn = 0;

  constructor(
    private readonly store: LogStore,
    private readonly logs: RunLogs,
    private readonly job: () => TrainingJob,
    tell: (state: SearchState) => void,
  ) {
    this.moved = this.held.add(
      new Throttle(50, () => {
        if (this.search) tell(stateOf(this.search));
      }),
    );
  }

  async begin({ view, query }: SearchRequest): Promise<SearchState> {
    const turn = ++this.turn;
    this.search?.dispose();
    this.search = undefined;
    this.logs.highlight(undefined);
    if (!query) return { hits: 0, more: false, share: 1, done: true };
    const nodes = view.node === null ? undefined : [view.node];
    const search = await this.store.search(this.job(), query, nodes);
    if (turn !== this.turn) {
      search.dispose();
      throw new Error('Another search took its place.');
    }
    this.search = search;
    this.logs.highlight(search.problem === undefined ? query : undefined);
    search.onDidChange(() => {
      this.moved.ask();
    });
    return stateOf(search);
  }

  async next(view: LogView, row: number, back: boolean): Promise<SearchHit | null> {
    const { hits } = await this.marksOf(view);
    const found = hits.next(row, back ? -1 : 1);
    return found && { ...found, count: hits.count };
  }

  async strip(view: LogView, parts: number): Promise<LogMarks> {
    const { hits, errors } = await this.marksOf(view);
    return { hits: hits.strip(parts), errors: errors.strip(parts) };
  }

  dispose(): void {
    this.turn++;
    this.search?.dispose();
    this.held.dispose();
  }

  private async marksOf(view: LogView) {
    const open = await this.logs.open(view);
    if (this.marks?.open !== open) {
      this.marks = { open, hits: new RowMarks(open.rows), errors: new RowMarks(open.rows) };
    }
    const { hits, errors } = this.marks;
    hits.update(this.search?.hits ?? nothing);
    errors.update(open.log.errorLines());
    return this.marks;
  }
}

function stateOf({ total, isFull, share, done, problem }: LogSearch): SearchState {
  return {
    hits: total,
    more: isFull && total >= mostHits,
    share,
    done,
    ...(problem !== undefined && { problem }),
  };
}
