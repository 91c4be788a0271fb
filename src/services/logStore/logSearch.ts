import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { queryProblem, type LogQuery } from '../../core/logQuery';
import { Disposables, type Disposable } from '../../lib/disposables';
import { Emitter, type Event } from '../../lib/event';
import { Uint32List } from '../../lib/uint32List';
import { WorkerThread } from '../../node/workerThread';
import type { LineIndex } from './lineIndex';
import type { SearchNews, SearchOrder } from './searchNews';

/** Bytes of one piece, more where a line is longer. */
const pieceBytes = 4 << 20;
/** Of a longer line only so many bytes, from its beginning, are searched. */
const longestLine = 64 << 20;
/** More lines than this are not marked one by one: nobody steps through them. */
export const mostHits = 100_000;
/** A piece takes milliseconds. A pattern that needs so long for one goes back and forth for ever. */
const patience = 5000;
const mostThreads = 4;

/** A log that is searched; `NodeLog` fits. */
export interface SearchedLog {
  readonly file: string;
  readonly index: Pick<LineIndex, 'start' | 'end' | 'linesWithin' | 'count'>;
  /** Lines that are whole so far. */
  wholeCount(): number;
  readonly onDidGrow: Event<void>;
}

interface Source {
  readonly node: number;
  readonly log: SearchedLog;
  readonly release: () => void;
}

interface Piece {
  readonly source: Source;
  /** Lines. */
  readonly from: number;
  readonly to: number;
  hits?: Float64Array;
}

/**
 * One search through the logs of a job: in threads of its own, over all lines that there are and those that come. It ends
 * when disposed of.
 */
export class LogSearch implements Disposable {
  /** Why it stopped before its end, in words. */
  problem: string | undefined;
  /** Lines of each node that match, in order. */
  readonly hits = new Map<number, Uint32List>();
  total = 0;
  private readonly threads: SearchThread[] = [];
  /** Lines of each node that are searched, or under way. */
  private readonly handedOut = new Map<number, number>();
  /** Pieces that are out, oldest first; their hits are taken in this order. */
  private readonly out: Piece[] = [];
  private next = 0;
  private readonly disposables = new Disposables();
  private readonly changes = this.disposables.add(new Emitter<void>());
  /** More hits, more lines searched, or a problem. */
  readonly onDidChange = this.changes.event;

  constructor(
    private readonly workersFolder: string,
    private readonly sources: readonly Source[],
    private readonly query: LogQuery,
  ) {
    this.problem = queryProblem(query);
    for (const { node, log, release } of sources) {
      this.hits.set(node, new Uint32List());
      this.disposables.add({ dispose: release });
      this.disposables.add(
        log.onDidGrow(() => {
          this.update();
        }),
      );
    }
    this.update();
  }

  get isFull(): boolean {
    return this.total >= mostHits;
  }

  /** All lines that there are now have been searched, or no more will be. */
  get done(): boolean {
    return this.problem !== undefined || this.isFull || (this.out.length === 0 && !this.hasMore);
  }

  /** Lines searched, of all that there are. */
  get share(): number {
    const lines = this.sources.reduce((sum, { log }) => sum + log.wholeCount(), 0);
    const handedOut = this.sources.reduce((sum, { node }) => sum + (this.handedOut.get(node) ?? 0), 0);
    const underWay = this.out.reduce((sum, { from, to }) => sum + to - from, 0);
    return lines === 0 ? 1 : (handedOut - underWay) / lines;
  }

  dispose(): void {
    for (const thread of this.threads.splice(0)) thread.dispose();
    this.disposables.dispose();
  }

  /** Searches the lines that have come. */
  private update(): void {
    const most = Math.max(1, Math.min(mostThreads, availableParallelism()));
    for (;;) {
      const piece = this.problem === undefined && !this.isFull ? this.nextPiece() : undefined;
      const idle = this.threads.find(({ piece: busy }) => !busy);
      if (!piece || (!idle && this.threads.length >= most)) break;
      this.handedOut.set(piece.source.node, piece.to);
      this.out.push(piece);
      (idle ?? this.start()).take(piece);
    }
    // One stays for the lines that come.
    const kept = this.problem !== undefined || this.isFull ? 0 : 1;
    if (this.done) for (const thread of this.threads.splice(kept)) thread.dispose();
  }

  /** Whether there are lines that no thread has got yet. */
  private get hasMore(): boolean {
    return this.sources.some(({ node, log }) => (this.handedOut.get(node) ?? 0) < log.wholeCount());
  }

  /** Of the nodes in turn, so that hits come from all of them. */
  private nextPiece(): Piece | undefined {
    for (let i = 0; i < this.sources.length; i++) {
      const source = this.sources[(this.next + i) % this.sources.length];
      const from = source ? (this.handedOut.get(source.node) ?? 0) : 0;
      if (!source || from >= source.log.wholeCount()) continue;
      this.next = (this.next + i + 1) % this.sources.length;
      const { index } = source.log;
      const within = index.linesWithin(index.start(from) + pieceBytes);
      return { source, from, to: Math.min(Math.max(from + 1, within), source.log.wholeCount()) };
    }
    return undefined;
  }

  private start(): SearchThread {
    const thread = new SearchThread(
      join(this.workersFolder, 'searchWorker.js'),
      this.query,
      () => {
        this.takeHits();
      },
      (why) => {
        this.fail(why);
      },
    );
    this.threads.push(thread);
    return thread;
  }

  private takeHits(): void {
    for (let piece = this.out[0]; piece?.hits && !this.isFull; piece = this.out[0]) {
      const { source, from, hits } = piece;
      this.out.shift();
      let line = from;
      for (const offset of hits.subarray(0, mostHits - this.total)) {
        line = lineAt(source.log.index, offset, line);
        this.hits.get(source.node)?.push(line);
        this.total += 1;
      }
    }
    this.update();
    this.changes.fire();
  }

  private fail(why: string): void {
    this.problem ??= why;
    this.update();
    this.changes.fire();
  }
}

/** A thread with the piece that it works on, and the watch over it. */
class SearchThread implements Disposable {
  piece: Piece | undefined;
  private readonly thread: WorkerThread<SearchOrder, SearchNews>;
  private watch: NodeJS.Timeout | undefined;

  constructor(
    file: string,
    query: LogQuery,
    private readonly done: () => void,
    private readonly failed: (why: string) => void,
  ) {
    this.thread = new WorkerThread(
      file,
      ({ hits }) => {
        const { piece } = this;
        clearTimeout(this.watch);
        this.piece = undefined;
        if (!piece) return;
        piece.hits = hits;
        this.done();
      },
      (error) => {
        this.failed(`The log can’t be searched: ${error.message}`);
      },
    );
    this.thread.post({ kind: 'query', query });
  }

  take(piece: Piece): void {
    const { source, from, to } = piece;
    const { index, file } = source.log;
    const start = index.start(from);
    this.piece = piece;
    this.watch = setTimeout(() => {
      this.failed(
        'This pattern takes too long on a part of the log. Make it simpler: avoid nested repeats such as (a+)+.',
      );
    }, patience);
    const end = Math.min(index.end(to - 1) + 1, start + longestLine);
    this.thread.post({ kind: 'piece', path: file, from: start, to: end });
  }

  dispose(): void {
    clearTimeout(this.watch);
    this.thread.dispose();
  }
}

/** The line that holds `offset`, which is at or behind line `from`: near ones are tried first, as most are. */
function lineAt(index: SearchedLog['index'], offset: number, from: number): number {
  let step = 1;
  let low = from;
  while (index.end(low + step) < offset && low + step < index.count) {
    low += step;
    step *= 2;
  }
  let high = Math.min(low + step, index.count - 1);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (index.end(middle) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
