import { ansiSpans } from '../../../core/ansi';
import { rowText } from '../../../core/logLine';
import type { LogQuery } from '../../../core/logQuery';
import type { TrainingJob } from '../../../core/trainingJob';
import { bytesText } from '../../../core/words';
import { Disposables } from '../../../lib/disposables';
import type { Disposable } from '../../../lib/disposables';
import { longestWholeLine } from '../../../protocol/runLog';
import type {
  LineId,
  LogExtent,
  LogRow,
  LogTarget,
  LogView,
  LogWindow,
  WholeLine,
} from '../../../protocol/runLog';
import type { LogLine, LogReader, LogStore, LogView as Log } from '../../../services/logStore/logStore';
import { RowMatches } from '../../../services/logStore/rowMatches';
import { LogRows } from './logRows';
import { Throttle } from '../throttle';

/** Milliseconds between two words to the page; it asks for rows only when it has drawn those that it asked for before. */
const tellEvery = 33;
/** Views kept filled: the overview's, and the last two of the log tab. */
const keptViews = 3;

/** A view of the log with its rows. */
export interface OpenView {
  readonly view: LogView;
  readonly log: Log;
  readonly rows: LogRows;
}

/** Serves one page with the rows of its job's logs, and tells it when there are more. */
export class RunLogs implements Disposable {
  private readonly held = new Disposables();
  private readonly logs = new Map<string, Promise<Log>>();
  private readonly readers = new Map<number, Promise<LogReader>>();
  /** Most recently used last. */
  private readonly views = new Map<string, OpenView>();
  private readonly grew: Throttle;
  private matches: RowMatches | undefined;
  private disposed = false;

  constructor(
    private readonly store: LogStore,
    private readonly job: () => TrainingJob,
    tell: (extents: readonly { view: LogView; extent: LogExtent }[]) => void,
  ) {
    this.grew = this.held.add(
      new Throttle(tellEvery, () => {
        tell([...this.views.values()].map((open) => ({ view: open.view, extent: extentOf(open) })));
      }),
    );
  }

  async window(view: LogView, from: number, count: number): Promise<LogWindow> {
    const open = await this.open(view);
    const { rows } = open;
    const first = from < 0 ? Math.max(0, rows.count + from) : Math.min(from, rows.count);
    const lines = (await rows.read(first, count)).map(rowOf);
    return { from: first, rows: this.marked(lines), extent: extentOf(open) };
  }

  /** Rows show from now on where they match; nothing where `query` is absent. */
  highlight(query: LogQuery | undefined): void {
    this.matches = query && new RowMatches(query);
  }

  async find(view: LogView, target: LogTarget): Promise<number> {
    const { rows } = await this.open(view);
    return target.kind === 'time'
      ? rows.rowAtTime(target.t)
      : rows.rowOf(target.line.node, target.line.number);
  }

  /** More of a line than a row shows. */
  async line({ node, number }: LineId): Promise<WholeLine> {
    // No character of valid UTF-8 takes more than four bytes.
    const bytes = await (await this.reader(node)).lineBytes(number, longestWholeLine * 4);
    const { text, truncated } = rowText(bytes, longestWholeLine);
    return { spans: ansiSpans(text), truncated };
  }

  /** Absolute path of a node's log. */
  async file(node: number): Promise<string> {
    return (await this.reader(node)).file;
  }

  async open(view: LogView): Promise<OpenView> {
    const key = JSON.stringify([view.node, view.telemetry, view.level, view.rank, view.stream]);
    const log = await this.log(view.node);
    const open = this.views.get(key) ?? this.newView(view, log);
    this.views.delete(key);
    this.views.set(key, open);
    for (const [oldKey, old] of this.views) {
      if (this.views.size <= keptViews) break;
      old.rows.dispose();
      this.views.delete(oldKey);
    }
    return open;
  }

  dispose(): void {
    this.disposed = true;
    for (const { rows } of this.views.values()) rows.dispose();
    this.held.dispose();
  }

  private marked(rows: readonly LogRow[]): readonly LogRow[] {
    if (!this.matches) return rows;
    const found = this.matches.in(rows.map(({ spans }) => spans.map(({ text }) => text).join('')));
    return rows.map((row, i) => (found[i]?.length ? { ...row, matches: found[i] } : row));
  }

  private newView(view: LogView, log: Log): OpenView {
    const rows = new LogRows(log, view, () => {
      this.grew.ask();
    });
    rows.update();
    return { view, log, rows };
  }

  private log(node: number | null): Promise<Log> {
    if (node !== null) return this.reader(node);
    return kept(this.logs, 'all', async () => this.hold(await this.store.openAll(this.job())));
  }

  private reader(node: number): Promise<LogReader> {
    if (node >= this.job().spec.num_nodes) throw new Error(`This job has no node ${node}.`);
    return kept(this.readers, node, async () => this.hold(await this.store.open(this.job(), node)));
  }

  private hold<T extends Log>(log: T): T {
    if (this.disposed) {
      log.dispose();
      throw new Error('The panel was closed.');
    }
    this.held.add(log);
    this.held.add(
      log.onDidGrow(() => {
        for (const { rows } of this.views.values()) rows.update();
        this.grew.ask();
      }),
    );
    return log;
  }
}

/** What is opened stays open; what could not be opened is tried again at the next need. */
function kept<K, V>(map: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const found = map.get(key);
  if (found) return found;
  const made = make();
  map.set(key, made);
  made.catch(() => map.delete(key));
  return made;
}

function extentOf({ log, rows }: OpenView): LogExtent {
  const { count, whole, reading, ended } = rows;
  const { compressed, ...summary } = log.summary;
  const { bytes, stored } = compressed;
  return {
    rows: count,
    live: count - whole,
    reading,
    ended,
    ...summary,
    ...(bytes > 0 && {
      compressed: `The oldest ${bytesText(bytes)} are kept compressed, in ${bytesText(stored)}. Every line is still here.`,
    }),
  };
}

function rowOf(line: LogLine): LogRow {
  return {
    node: line.node,
    number: line.number,
    ...(line.t !== undefined && { t: line.t }),
    spans: ansiSpans(line.text),
    truncated: line.truncated,
    telemetry: line.telemetry,
  };
}
