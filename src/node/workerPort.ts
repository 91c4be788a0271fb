import { parentPort, type Transferable } from 'node:worker_threads';

/** A worker program's way to the thread that started it. */
export interface WorkerPort<In, Out> {
  onMessage(listener: (message: In) => void): void;
  /** What is in `transfer` moves there rather than being copied. */
  post(message: Out, transfer?: readonly Transferable[]): void;
}

/** For the program of a `WorkerThread`. */
export function workerPort<In, Out>(): WorkerPort<In, Out> {
  const port = parentPort;
  if (!port) throw new Error('This program runs as a worker thread only.');
  return {
    onMessage(listener) {
      port.on('message', listener);
    },
    post(message, transfer = []) {
      port.postMessage(message, transfer);
    },
  };
}
