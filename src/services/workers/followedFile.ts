import type { Disposable } from '../../lib/disposables';
import { Emitter } from '../../lib/event';
import type { LogFile } from '../logStore/logFile';

/** A `LogFile` as a worker thread is told of it. */
export interface FollowedFileState {
  readonly path: string;
  readonly over: boolean;
}

/** A `LogFile` in a worker thread: the thread that knows the job tells when it is over. */
export class FollowedFile implements Pick<LogFile, 'path' | 'over' | 'onDidChange'>, Disposable {
  readonly path: string;
  private isOver: boolean;
  private readonly changes = new Emitter<void>();
  readonly onDidChange = this.changes.event;

  constructor({ path, over }: FollowedFileState) {
    this.path = path;
    this.isOver = over;
  }

  readonly over = (): boolean => this.isOver;

  stir(over: boolean): void {
    this.isOver = over;
    this.changes.fire();
  }

  dispose(): void {
    this.changes.dispose();
  }
}

/** The other end: tells `stir` of each change of `file`. `fail` gets what keeps the stream from being had, `mend` hears that this is over. */
export function tellOf(
  file: LogFile,
  stir: (over: boolean) => void,
  fail: (error: unknown) => void,
  mend: (failure: unknown) => void,
): Disposable {
  let failure: unknown;
  return file.onDidChange(() => {
    try {
      const over = file.over();
      if (failure !== undefined) mend(failure);
      failure = undefined;
      stir(over);
    } catch (error) {
      failure = error;
      fail(error);
    }
  });
}
