import { Worker, type Transferable } from 'node:worker_threads';
import { asError } from '../core/errors';
import type { Disposable } from '../lib/disposables';

/**
 * A thread of this process that runs one of our worker programs, so that its work never holds up the editor. It starts at
 * once and ends when disposed of, whatever it is doing. `In` goes to it, `Out` comes from it, in order.
 */
export class WorkerThread<In, Out> implements Disposable {
  private readonly worker: Worker;
  private disposed = false;

  /** `file` is the absolute path of the built program. `onFailure` is called once, when the thread ended by itself. */
  constructor(file: string, onMessage: (message: Out) => void, onFailure: (error: Error) => void) {
    // Not the options of the process around it: an editor's or a test runner's loaders have no place here.
    this.worker = new Worker(file, { execArgv: [] });
    let failed = false;
    const fail = (error: Error) => {
      if (this.disposed || failed) return;
      failed = true;
      onFailure(error);
    };
    this.worker.on('message', (message: Out) => {
      if (!this.disposed) onMessage(message);
    });
    this.worker.on('error', (error: unknown) => {
      fail(asError(error));
    });
    this.worker.on('exit', (code) => {
      fail(new Error(`A worker thread of Trainyard's ended by itself (exit code ${code}).`));
    });
  }

  /** What is in `transfer` moves to the thread rather than being copied. */
  post(message: In, transfer: readonly Transferable[] = []): void {
    if (!this.disposed) this.worker.postMessage(message, transfer);
  }

  dispose(): void {
    this.disposed = true;
    void this.worker.terminate();
  }
}
