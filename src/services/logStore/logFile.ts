import type { Connection } from '../../core/provider';
import type { TrainingJob } from '../../core/trainingJob';
import type { Disposable } from '../../lib/disposables';
import type { Event } from '../../lib/event';

/** A stream of one node as a file on this computer, which may not be there yet. */
export interface LogFile extends Disposable {
  readonly path: string;
  /** It is fetched from elsewhere while somebody reads it, so that bytes may be missing even of a job that has ended. */
  readonly copied: boolean;
  /** Once this is true, no byte will come that is not in the file. Throws what keeps the stream from being had at all. */
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
