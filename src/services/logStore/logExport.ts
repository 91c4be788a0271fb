import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CancelledError } from '../../core/errors';
import type { TrainingJob } from '../../core/trainingJob';
import type { LogStore } from './logStore';

export interface SavedLog {
  readonly node: number;
  /** Absolute path of the file that it becomes. One that is there is replaced. */
  readonly path: string;
}

/**
 * Saves one node's log as it is now, byte for byte. The file appears whole or not at all; `onBytes` is told how many bytes
 * there are so far. Rejects with `CancelledError` when `signal` is aborted.
 */
export async function saveLog(
  store: Pick<LogStore, 'raw'>,
  job: TrainingJob,
  { node, path }: SavedLog,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const draft = `${path}.part`;
  async function* counted() {
    let bytes = 0;
    for await (const chunk of store.raw(job, node, { follow: false }, signal)) {
      bytes += chunk.length;
      onBytes(bytes);
      yield chunk;
    }
  }
  try {
    await pipeline(Readable.from(counted()), createWriteStream(draft), { signal });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw signal.aborted ? new CancelledError() : error;
  }
}
