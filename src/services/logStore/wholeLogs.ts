import { CancelledError, ProviderError } from '../../core/errors';
import type { TrainingJob } from '../../core/trainingJob';
import type { Disposables } from '../../lib/disposables';
import type { LogFile } from './logFile';
import type { LogStore } from './logStore';

/** How long the rest of a log that lies elsewhere is waited for, in milliseconds. */
const longestCopy = 20_000;

/** Waits until every byte of an ended job's logs is on this computer. They are in use until `held` is disposed of. */
export async function wholeLogs(
  logs: Pick<LogStore, 'file'>,
  job: TrainingJob,
  held: Disposables,
  signal: AbortSignal,
): Promise<void> {
  const ranks = Array.from({ length: job.spec.num_nodes }, (_, rank) => rank);
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(longestCopy)]);
  const why = () =>
    signal.aborted
      ? new CancelledError()
      : new ProviderError('unavailable', `Not all of its log could be fetched from ${job.connection} yet.`);
  for (const rank of ranks) {
    for (const channel of ['log', 'telemetry'] as const) {
      const file = held.add(await logs.file(job, rank, channel));
      if (file.copied) await Promise.race([over(file), aborted(deadline, held, why)]);
    }
  }
}

/** Rejects once `signal` is aborted, with `why`. */
export function aborted(signal: AbortSignal, held: Disposables, why: () => Error): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => {
      reject(why());
    };
    signal.addEventListener('abort', stop);
    held.add({
      dispose: () => {
        signal.removeEventListener('abort', stop);
      },
    });
    if (signal.aborted) stop();
  });
}

async function over(file: LogFile): Promise<void> {
  while (!file.over()) {
    await new Promise<void>((resolve) => {
      const subscription = file.onDidChange(() => {
        subscription.dispose();
        resolve();
      });
    });
  }
}
