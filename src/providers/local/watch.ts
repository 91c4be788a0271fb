import { watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { throwIfCancelled } from '../../core/errors';
import { jobFolder } from '../../core/jobFolder';
import { hasEnded, type JobStatus } from '../../core/trainingJob';
import type { Disposable } from '../../lib/disposables';
import type { JobReader } from './jobReader';

/** Pauses between two looks: while the job comes up or goes down, and while it runs. The end is told at once by a watcher. */
const shortPause = 100;
const longPause = 1000;

export async function* watchStatus(
  reader: JobReader,
  folder: string,
  signal: AbortSignal,
): AsyncIterable<JobStatus> {
  const exits = new ExitWatch(folder);
  let last: string | undefined;
  try {
    for (;;) {
      throwIfCancelled(signal);
      const status = await reader.status();
      const text = JSON.stringify(status);
      if (text !== last) yield status;
      last = text;
      if (hasEnded(status.state)) return;
      for (const { rank, state } of status.nodes) if (state === 'running') exits.add(rank);
      await exits.wait(status.state === 'running' ? longPause : shortPause, signal);
    }
  } finally {
    exits.dispose();
  }
}

/** Wakes up when a node ends. It watches the file that the launcher keeps until then (`.exit`), which is quiet while the job writes. */
class ExitWatch implements Disposable {
  private readonly watchers = new Map<number, FSWatcher | undefined>();
  private wake: (() => void) | undefined;

  constructor(private readonly folder: string) {}

  add(rank: number): void {
    if (this.watchers.has(rank)) return;
    this.watchers.set(rank, this.watch(join(this.folder, jobFolder.node(rank), '.exit')));
  }

  /** Until a node ends, `signal` is aborted, or `milliseconds` have passed. */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, milliseconds);
      function done() {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done);
      this.wake = done;
    });
  }

  dispose(): void {
    for (const watcher of this.watchers.values()) watcher?.close();
  }

  private watch(path: string): FSWatcher | undefined {
    try {
      const watcher = watch(path, () => {
        this.wake?.();
      });
      watcher.on('error', () => {
        watcher.close();
      });
      return watcher;
    } catch {
      // No such file, or no watchers left: the pauses are short enough.
      return undefined;
    }
  }
}
