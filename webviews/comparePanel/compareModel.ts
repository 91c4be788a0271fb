import * as protocol from '../../src/protocol/comparePanel';
import type { CompareColumn, CompareRow, ReadingView, SavedCompare } from '../../src/protocol/comparePanel';
import { ask, messageOf, onTold, saveState, savedState, startListening } from '../shared/host';
import { oneAtATime } from '../shared/oneAtATime';
import { tried } from '../shared/refusal';
import { Signal } from '../shared/signal';
import { tableView, type TableView } from './tableView';

const initial: SavedCompare = {
  version: 1,
  tab: 'table',
  checked: [],
  columns: {},
  equal: false,
  starredFirst: false,
  sort: null,
  filter: '',
  charts: { axis: 'time', logAxis: false, smoothing: 0 },
};

/** What all parts of the page share: every row as the host told it last, and what is kept over a reload. */
class CompareModel {
  /** `undefined` until the host has answered. */
  rows: ReadonlyMap<string, CompareRow> | undefined;
  columns: readonly CompareColumn[] = [];
  reading: ReadingView = { done: 0, total: 0 };
  notes: readonly string[] = [];
  /** Why there is nothing to show. */
  problem: string | undefined;
  /** Why the last thing that the user asked for was not done. */
  refusal: string | undefined;
  /** What was done that can't be seen here. */
  notice: string | undefined;
  saved: SavedCompare = initial;

  readonly changed = new Signal();
  readonly overlayGrew = new Signal();
  private revision = -1;
  private made: TableView | undefined;
  private readonly read = oneAtATime(
    () => this.readRows(),
    () => this.problem === undefined,
  );

  async start(): Promise<void> {
    const state = savedState();
    if (isSaved(state)) this.saved = state;
    saveState(this.saved);
    onTold(protocol.tableChanged, () => {
      this.read();
    });
    onTold(protocol.overlayGrew, () => {
      this.overlayGrew.tell();
    });
    onTold(protocol.checkRuns, (ids) => {
      this.checkOnly(ids);
    });
    startListening();
    try {
      const { checked } = await ask(protocol.hello, undefined);
      if (checked.length > 0) this.checkOnly(checked);
      this.read();
    } catch (error) {
      this.fail(error);
    }
  }

  /** The rows and columns that are shown; made again only when something has changed. */
  get table(): TableView {
    return (this.made ??= tableView([...(this.rows?.values() ?? [])], this.columns, this.saved));
  }

  keep(part: Partial<SavedCompare>): void {
    const { filter } = this.table;
    this.saved = { ...this.saved, ...part };
    saveState(this.saved);
    this.make(filter);
    this.changed.tell();
  }

  /** Which colour a checked run has; `undefined` for one that is not checked. */
  slotOf(id: string): number | undefined {
    const slot = this.saved.checked.indexOf(id);
    return slot < 0 ? undefined : slot;
  }

  /** Those that are still there, in the order of their colours. */
  get checkedRows(): readonly CompareRow[] {
    return this.saved.checked.flatMap((id) => (id === null ? [] : (this.rows?.get(id) ?? [])));
  }

  toggleCheck(id: string): void {
    const checked = [...this.saved.checked];
    const slot = checked.indexOf(id);
    const free = checked.findIndex((one) => one === null || !this.rows?.has(one));
    if (slot >= 0) checked[slot] = null;
    else if (free >= 0) checked[free] = id;
    else if (checked.length < protocol.mostChecked) checked.push(id);
    else {
      this.refuse(
        `${protocol.mostChecked} runs are checked, and more lines can’t be told apart. Uncheck one of them first.`,
      );
      return;
    }
    this.refusal = undefined;
    this.keep({ checked });
  }

  uncheckAll(): void {
    this.keep({ checked: [] });
  }

  async toggleStar(id: string): Promise<void> {
    const row = this.rows?.get(id);
    if (row) await this.tried(ask(protocol.star, { id, starred: !row.starred }));
  }

  /** Waits for what the user asked for; when it fails, says so at the top of the page. */
  tried<T>(work: Promise<T>): Promise<T | undefined> {
    return tried(work, (text) => {
      this.refuse(text);
    });
  }

  async exportCsv(): Promise<void> {
    const { rows, columns } = this.table;
    const file = await this.tried(
      ask(protocol.exportCsv, { rows: rows.map(({ id }) => id), columns: columns.map(({ id }) => id) }),
    );
    if (typeof file !== 'string') return;
    this.notice = `${rows.length} ${rows.length === 1 ? 'run' : 'runs'} written to ${file}.`;
    this.changed.tell();
  }

  refuse(refusal: string | undefined): void {
    if (this.refusal === refusal && this.notice === undefined) return;
    this.refusal = refusal;
    this.notice = undefined;
    this.changed.tell();
  }

  private checkOnly(ids: readonly string[]): void {
    this.keep({ checked: ids.slice(0, protocol.mostChecked) });
    if (ids.length > protocol.mostChecked)
      this.refuse(
        `${ids.length} runs were chosen. The first ${protocol.mostChecked} are checked, as more lines can’t be told apart.`,
      );
  }

  private async readRows(): Promise<void> {
    try {
      const view = await ask(protocol.readTable, { since: this.revision });
      const rows = new Map(this.rows);
      for (const row of view.rows) rows.set(row.id, row);
      for (const id of view.removed) rows.delete(id);
      const { filter } = this.table;
      this.rows = rows;
      this.revision = view.revision;
      this.columns = view.columns;
      this.reading = view.reading;
      this.notes = view.notes;
      this.make(filter);
      this.changed.tell();
    } catch (error) {
      this.fail(error);
    }
  }

  private make(last: TableView['filter']): void {
    this.made = tableView([...(this.rows?.values() ?? [])], this.columns, this.saved, last);
  }

  private fail(error: unknown): void {
    this.problem = messageOf(error);
    this.changed.tell();
  }
}

export const compare = new CompareModel();

/** State of another version is not used. */
function isSaved(state: unknown): state is SavedCompare {
  return typeof state === 'object' && state !== null && 'version' in state && state.version === 1;
}
