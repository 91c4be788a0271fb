import { messageOf } from '../../../core/errors';
import { runParameters, type RunParameter } from '../../../core/runParameters';
import { hasEnded, type TrainingJob } from '../../../core/trainingJob';
import { countText } from '../../../core/words';
import { Disposables, type Disposable } from '../../../lib/disposables';
import type { CompareColumn, CompareRow, TableView } from '../../../protocol/comparePanel';
import type { Core } from '../../../services/core';
import type { RunSummary } from '../../../services/metrics/runSummary';
import { compareRow, runColumns, sortedColumns } from './compareRow';
import { LiveSummaries } from './liveSummaries';
import { Throttle } from '../throttle';

interface Entry {
  readonly row: CompareRow;
  /** What the row was made of: of an ended job, the same makes the same row. */
  readonly job: TrainingJob;
  readonly summary: RunSummary | undefined;
  /** The row as text, to see whether it has changed. */
  readonly text: string;
  /** Of its last change. */
  readonly revision: number;
}

/** Longest time that rows are made before others get their turn, in milliseconds. */
const turn = 8;
/** Running rows are made again this often, in milliseconds, as their time and cost move. */
const tick = 1000;

/** Serves one page with the rows of its table, and tells it when there are more or others. */
export class CompareTable implements Disposable {
  private readonly held = new Disposables();
  private readonly closing = new AbortController();
  private readonly entries = new Map<string, Entry>();
  private readonly columns = new Map<string, CompareColumn>(runColumns.map((column) => [column.id, column]));
  private readonly removed = new Map<string, number>();
  private readonly parameters = new Map<string, readonly RunParameter[]>();
  private readonly summaries: Map<string, RunSummary>;
  private readonly live: LiveSummaries;
  /** Ended jobs whose logs have been asked for. */
  private readonly asked = new Set<string>();
  /** By job; under no name what concerns all. */
  private readonly problems = new Map<string, string>();
  private reading = { done: 0, total: 0 };
  private toldOf = this.reading;
  private revision = 0;
  private readonly first = Promise.withResolvers<undefined>();
  private readonly update: Throttle;

  constructor(
    private readonly core: Core,
    private readonly now: () => number,
    private readonly tell: () => void,
  ) {
    this.summaries = new Map(core.summaries.known());
    this.update = this.held.add(new Throttle(200, () => this.tryToMake()));
    const ask = () => {
      this.update.ask();
    };
    this.held.add(core.jobs.onDidChange(ask));
    this.held.add(core.stars.onDidChange(ask));
    this.live = this.held.add(new LiveSummaries(core, ask));
    const clock = setInterval(() => {
      if (core.jobs.list().some(({ state }) => !hasEnded(state))) ask();
    }, tick);
    this.held.add({
      dispose: () => {
        clearInterval(clock);
      },
    });
    ask();
    // A page that was hidden at once never asks how it went.
    this.first.promise.catch(() => undefined);
  }

  /** Rows that have changed after `since`; all of them for -1. */
  async view(since: number): Promise<TableView> {
    await this.first.promise;
    const newer = ([, at]: readonly [string, number]) => at > since;
    return {
      revision: this.revision,
      columns: sortedColumns(this.columns.values()),
      rows: [...this.entries.values()].filter(({ revision }) => revision > since).map(({ row }) => row),
      removed: [...this.removed].filter(newer).map(([id]) => id),
      reading: this.reading,
      notes: this.notes(),
    };
  }

  row(id: string): CompareRow | undefined {
    return this.entries.get(id)?.row;
  }

  column(id: string): CompareColumn | undefined {
    return this.columns.get(id);
  }

  summary(id: string): RunSummary | undefined {
    // What was kept is of the job's end; until that is read, what was seen last stands.
    return this.summaries.get(id) ?? this.live.of(id);
  }

  parametersOf(job: TrainingJob): readonly RunParameter[] {
    let known = this.parameters.get(job.id);
    // What was submitted never changes.
    if (!known) this.parameters.set(job.id, (known = runParameters(job.spec)));
    return known;
  }

  dispose(): void {
    this.closing.abort();
    this.first.resolve(undefined);
    this.held.dispose();
  }

  private async tryToMake(): Promise<void> {
    try {
      await this.make();
    } catch (error) {
      // The first time nothing can be shown; later what is shown stays, with the reason why it is old.
      this.first.reject(error);
      this.problems.set('', messageOf(error));
      this.tell();
    }
  }

  /** Makes the rows that are new or may have changed, and begins to read what is not known of them. */
  private async make(): Promise<void> {
    const { jobs, stars } = this.core;
    const all = jobs.list();
    const starred = stars.all();
    const now = this.now();
    const revision = this.revision + 1;
    let changes = this.forget(new Set(all.map(({ id }) => id)), revision);
    let from = performance.now();
    for (const job of all) {
      if (this.put(job, starred.has(job.id), now, revision)) changes += 1;
      if (performance.now() - from < turn) continue;
      await new Promise((resolve) => setTimeout(resolve));
      if (this.closing.signal.aborted) return;
      from = performance.now();
    }
    this.revision = revision;
    this.first.resolve(undefined);
    this.live.follow(all.filter(({ state }) => !hasEnded(state)));
    this.readMissing(all.filter(({ id, state }) => hasEnded(state) && !this.summaries.has(id)));
    if (changes > 0 || this.toldOf !== this.reading) this.tell();
    this.toldOf = this.reading;
  }

  private put(job: TrainingJob, starred: boolean, now: number, revision: number): boolean {
    const before = this.entries.get(job.id);
    const summary = this.summary(job.id);
    const same = before?.job === job && before.summary === summary && before.row.starred === starred;
    if (same && hasEnded(job.state)) return false;
    const { row, columns } = compareRow({ job, parameters: this.parametersOf(job), summary, starred }, now);
    const text = JSON.stringify(row);
    if (before?.text === text) return false;
    for (const column of columns) if (!this.columns.has(column.id)) this.columns.set(column.id, column);
    this.entries.set(job.id, { row, job, summary, text, revision });
    return true;
  }

  private forget(there: ReadonlySet<string>, revision: number): number {
    const gone = [...this.entries.keys()].filter((id) => !there.has(id));
    for (const id of gone) {
      this.entries.delete(id);
      this.problems.delete(id);
      this.removed.set(id, revision);
    }
    return gone.length;
  }

  private readMissing(jobs: readonly TrainingJob[]): void {
    const missing = jobs.filter(({ id }) => !this.asked.has(id));
    if (missing.length === 0) return;
    for (const { id } of missing) this.asked.add(id);
    this.reading = { ...this.reading, total: this.reading.total + missing.length };
    void this.core.summaries
      .readAll(missing, this.closing.signal, (result) => {
        this.reading = { ...this.reading, done: this.reading.done + 1 };
        if ('summary' in result) this.summaries.set(result.job.id, result.summary);
        else this.problems.set(result.job.id, `${result.job.name}: ${result.problem}`);
        this.update.ask();
      })
      .catch((error: unknown) => {
        this.problems.set('', messageOf(error));
        this.update.ask();
      });
  }

  private notes(): readonly string[] {
    const whole = this.problems.get('');
    const single = [...this.problems].flatMap(([id, problem]) => (id === '' ? [] : [problem]));
    return [
      ...(whole === undefined ? [] : [`The list of runs can’t be brought up to date: ${whole}`]),
      ...(single.length === 0
        ? []
        : [`The metrics of ${countText(single.length, 'run')} can’t be read. ${single[0] ?? ''}`]),
    ];
  }
}
