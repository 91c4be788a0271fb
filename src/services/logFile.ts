import type { Connection, LogChannel } from '../core/provider';
import type { TrainingJob } from '../core/trainingJob';
import type { Disposable } from '../lib/disposables';
import type { Event } from '../lib/event';

/** A stream of one node as a file on this computer, which may not be there yet. */
export interface LogFile extends Disposable {
  readonly path: string;
  /** Once this is true, no byte will come that is not in the file. */
  readonly over: () => boolean;
  /** `over` may have changed, or bytes may have come. */
  readonly onDidChange: Event<void>;
}

/** What the log store needs to know of jobs; `Jobs` fits. */
export interface LogJobs {
  get(id: string): TrainingJob | undefined;
  /** Absolute path of the job's own folder. */
  folder(id: string): string;
  readonly onDidChange: Event<void>;
}

/** `Connections` fits. */
export interface LogConnections {
  /** Rejects when there is no such connection any more. */
  get(id: string): Promise<Connection>;
}

export interface LogFiles {
  open(job: TrainingJob, node: number, channel: LogChannel): Promise<LogFile>;
}
