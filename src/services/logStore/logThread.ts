import { join } from 'node:path';
import { asError } from '../../core/errors';
import type { Disposable } from '../../lib/disposables';
import { Disposables } from '../../lib/disposables';
import { WorkerThread } from '../../node/workerThread';
import type { LogFile } from './logFile';
import type { LogNews, LogNewsOf, LogOrder } from './logNews';
import { tellOf } from '../workers/followedFile';

/** Gets what is told of one log, in order. */
export type HearNews = (news: LogNews) => void;

/** The thread that reads the logs of this process: it runs while any log is open. */
export class LogThread {
  private thread: WorkerThread<LogOrder, LogNewsOf> | undefined;
  private readonly listeners = new Map<number, HearNews>();
  private lastId = 0;

  constructor(private readonly workersFolder: string) {}

  /** Tells of both files from `from` (bytes of the log that are known already) on, until disposed of. */
  follow(log: LogFile, telemetry: LogFile, from: number, hear: HearNews): Disposable {
    const id = ++this.lastId;
    const held = new Disposables();
    const fail = (error: unknown) => {
      hear({ kind: 'failed', error: asError(error) });
    };
    this.listeners.set(id, hear);
    const thread = (this.thread ??= this.start());
    held.add({
      dispose: () => {
        this.leave(id);
      },
    });
    try {
      thread.post({ kind: 'follow', id, from, log: stateOf(log), telemetry: stateOf(telemetry) });
    } catch (error) {
      fail(error); // A stream that can't be had at all.
      return held;
    }
    for (const [channel, file] of [
      ['log', log],
      ['telemetry', telemetry],
    ] as const) {
      const stir = (over: boolean) => {
        thread.post({ kind: 'stir', id, channel, over });
      };
      const mend = () => {
        hear({ kind: 'mended' });
      };
      held.add(tellOf(file, stir, fail, mend));
    }
    return held;
  }

  private start(): WorkerThread<LogOrder, LogNewsOf> {
    const thread = new WorkerThread<LogOrder, LogNewsOf>(
      join(this.workersFolder, 'logWorker.js'),
      ({ id, ...news }) => this.listeners.get(id)?.(news),
      (error) => {
        if (this.thread === thread) this.thread = undefined; // The next log gets a new one.
        for (const hear of [...this.listeners.values()]) hear({ kind: 'failed', error });
      },
    );
    return thread;
  }

  private leave(id: number): void {
    this.listeners.delete(id);
    this.thread?.post({ kind: 'leave', id });
    if (this.listeners.size > 0) return;
    this.thread?.dispose();
    this.thread = undefined;
  }
}

function stateOf(file: LogFile) {
  return { path: file.path, over: file.over() };
}
