import { ansiSpans } from '../../core/ansi';
import { rowText } from '../../core/logLine';
import type { TrainingJob } from '../../core/trainingJob';
import { Disposables } from '../../lib/disposables';
import type { Disposable } from '../../lib/disposables';
import { longestWholeLine } from '../../protocol/runPanel';
import type { LineId, LogExtent, LogRow, LogView, LogWindow, WholeLine } from '../../protocol/runPanel';
import type { LogLine, LogReader, LogStore, LogView as Log } from '../../services/logStore';
import { lineBytes } from './lineBytes';
import { LogRows } from './logRows';
import { Throttle } from './throttle';

/** Views kept filled: the overview's, and the last two of the log tab. */
const keptViews = 3;

interface OpenView {
  readonly view: LogView;
  readonly rows: LogRows<LogLine>;
}

/** Serves one page with the rows of its job's logs, and tells it when there are more. */
export class RunLogs implements Disposable {
  private readonly held = new Disposables();
  private readonly logs = new Map<string, Promise<Log>>();
  private readonly readers = new Map<number, Promise<LogReader>>();
  /** Most recently used last. */
  private readonly views = new Map<string, OpenView>();
  private readonly grew: Throttle;
  private readonly closing = new AbortController();
  private disposed = false;

  constructor(
    private readonly store: LogStore,
    private readonly job: () => TrainingJob,
    tell: (extents: readonly { view: LogView; extent: LogExtent }[]) => void,
  ) {
    this.grew = this.held.add(
      new Throttle(100, () => {
        tell([...this.views.values()].map(({ view, rows }) => ({ view, extent: extentOf(rows) })));
      }),
    );
  }

  async window(view: LogView, from: number, count: number): Promise<LogWindow> {
    const rows = await this.open(view);
    await rows.begin();
    const first = from < 0 ? Math.max(0, rows.count + from) : Math.min(from, rows.count);
    const lines = await rows.read(first, count);
    return { from: first, rows: lines.map(rowOf), extent: extentOf(rows) };
  }

  async find(view: LogView, line: LineId): Promise<number> {
    const rows = await this.open(view);
    const [exact] = await (await this.reader(line.node)).lines(line.number, 1);
    return rows.find(line, exact?.t);
  }

  /** More of a line than a row shows. The store has no index by bytes to ask, so the log is read up to it. */
  async line({ node, number }: LineId): Promise<WholeLine> {
    const log = this.store.raw(this.job(), node, { follow: false }, this.closing.signal);
    // No character of valid UTF-8 takes more than four bytes.
    const bytes = await lineBytes(log, number, longestWholeLine * 4);
    const { text, truncated } = rowText(bytes, longestWholeLine);
    return { spans: ansiSpans(text), truncated };
  }

  /** Absolute path of a node's log. */
  async file(node: number): Promise<string> {
    return (await this.reader(node)).file;
  }

  dispose(): void {
    this.disposed = true;
    this.closing.abort();
    for (const { rows } of this.views.values()) rows.dispose();
    this.held.dispose();
  }

  private async open(view: LogView): Promise<LogRows<LogLine>> {
    const key = `${view.node ?? 'all'} ${view.telemetry}`;
    const log = await this.log(view.node);
    const open = this.views.get(key) ?? {
      view,
      rows: new LogRows(log, view.telemetry, () => {
        this.grew.ask();
      }),
    };
    this.views.delete(key);
    this.views.set(key, open);
    for (const [oldKey, old] of this.views) {
      if (this.views.size <= keptViews) break;
      old.rows.dispose();
      this.views.delete(oldKey);
    }
    return open.rows;
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
        for (const { rows } of this.views.values()) {
          // What goes wrong is told to whoever asks for the rows.
          void rows.update().then(
            () => {
              this.grew.ask();
            },
            () => {
              this.grew.ask();
            },
          );
        }
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

function extentOf(rows: LogRows<LogLine>): LogExtent {
  return { rows: rows.count, reading: rows.reading, ended: rows.ended };
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
