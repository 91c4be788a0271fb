import { throwIfCancelled } from '../../../../core/errors';
import type { LogChunk, LogStreamId } from '../../../../core/provider';
import type { LogReader } from './logReader';

/** The logs of one job for all who read some of them. */
export interface Feed<Reader> {
  /** Behind what `token` names, or from the beginning. */
  open(stream: LogStreamId, token: string | undefined): Reader;
  /** What it waits for ends with `CancelledError`. */
  close(reader: Reader): void;
  dispose(): void;
}

interface Chunks {
  /** `undefined` at the end. */
  next(): Promise<LogChunk | undefined>;
}

/** The bytes of a log that CloudWatch has. */
export async function* logs<Reader extends Chunks>(
  feeds: JobFeeds<Reader>,
  id: string,
  stream: LogStreamId,
  from: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  throwIfCancelled(signal);
  const { feed, release } = feeds.acquire(id);
  try {
    const reader = feed.open(stream, from);
    const cancel = () => {
      feed.close(reader);
    };
    signal.addEventListener('abort', cancel);
    try {
      for (let chunk = await reader.next(); chunk; chunk = await reader.next()) yield chunk;
    } finally {
      signal.removeEventListener('abort', cancel);
      feed.close(reader);
    }
  } finally {
    release();
  }
}

/** The feeds of the jobs that somebody reads now. */
export class JobFeeds<Reader = LogReader> {
  private readonly shared = new Map<string, { readonly feed: Feed<Reader>; users: number }>();

  constructor(private readonly make: (id: string) => Feed<Reader>) {}

  acquire(id: string): { readonly feed: Feed<Reader>; readonly release: () => void } {
    const own = this.shared.get(id) ?? { feed: this.make(id), users: 0 };
    this.shared.set(id, own);
    own.users += 1;
    return {
      feed: own.feed,
      release: () => {
        own.users -= 1;
        if (own.users > 0) return;
        own.feed.dispose();
        this.shared.delete(id);
      },
    };
  }
}
