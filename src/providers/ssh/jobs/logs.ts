import { asError, ProviderError, throwIfCancelled } from '../../../core/errors';
import type { RemoteProcess } from '../../../core/machine';
import type { LogChunk, LogStreamId } from '../../../core/provider';
import { unlessCancelled } from './feed';
import { hostFailure } from './hostFailure';
import type { HostScripts } from './hostScripts';
import type { HostWatch } from './hostWatch';
import type { HostWatches } from './hostWatches';
import type { HostShare } from './placement';
import { isStarted, noSuchJob } from './watch';

/**
 * The bytes of a log on a host. The token is the offset of the next byte. While the node runs its log is followed; once it has ended its
 * length is known, and what is left of it is read to there.
 */
export async function* logs(
  watches: HostWatches,
  scripts: HostScripts,
  share: HostShare,
  { node, channel }: LogStreamId,
  from: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  let offset = offsetOf(from);
  throwIfCancelled(signal);
  const { watch, release } = watches.acquire(share);
  const start = (...follow: readonly string[]) =>
    scripts.start(
      ['host.sh', 'tail', share.job, String(node), channel, String(offset), ...follow],
      { quiet: true },
      signal,
    );
  const sizeAtEnd = () => watch.report?.sizes.get(node)?.[channel];
  try {
    await heardOf(watch, share, signal);
    for (;;) {
      const size = sizeAtEnd();
      if (size !== undefined && offset >= size) return;
      const program = await start(...(size === undefined ? ['follow'] : []));
      const before = offset;
      try {
        const until = size === undefined ? () => sizeAtEnd() !== undefined : () => false;
        for await (const bytes of output(program, watch, until, signal)) {
          // What a process outside of the job may still write is not the job's.
          const own = size === undefined ? bytes : bytes.subarray(0, size - offset);
          offset += own.length;
          if (own.length > 0) yield { bytes: own, next: String(offset) };
        }
        if (sizeAtEnd() === undefined || size !== undefined) {
          const end = await unlessCancelled(signal, program.ended);
          if (end.code !== 0) throw hostFailure(scripts.alias, 'The log can’t be read', end);
          // It was cut short: there is no more.
          if (size !== undefined) return;
        }
      } catch (error) {
        const broke = error instanceof ProviderError && error.kind === 'network';
        // Going on where it broke; the start waits for the connection.
        if (!broke || (offset === before && size !== undefined)) throw error;
      } finally {
        program.close();
      }
    }
  } finally {
    release();
  }
}

async function heardOf(watch: HostWatch, share: HostShare, signal: AbortSignal): Promise<void> {
  for (;;) {
    const next = watch.changed();
    if (watch.report) break;
    if (watch.error !== undefined) throw watch.error;
    await unlessCancelled(signal, next);
  }
  if (!isStarted(watch.report)) throw noSuchJob(share.job, share.alias);
}

/** What a program prints, until it ends or `over` says so after a change of the watch. */
async function* output(
  program: RemoteProcess,
  watch: HostWatch,
  over: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const iterator = program.output[Symbol.asyncIterator]();
  let wake: () => void = () => undefined;
  let left = false;
  // Not a race of promises: of those that stay open each round would leave something behind.
  const listen = () => {
    void watch.changed().then(() => {
      if (left) return;
      listen();
      wake();
    });
  };
  const cancel = () => {
    wake();
  };
  listen();
  signal.addEventListener('abort', cancel);
  try {
    for (;;) {
      const arrived: { result?: IteratorResult<Uint8Array>; error?: Error } = {};
      iterator.next().then(
        (result) => {
          arrived.result = result;
          wake();
        },
        (error: unknown) => {
          arrived.error = asError(error);
          wake();
        },
      );
      while (!arrived.result) {
        throwIfCancelled(signal);
        if (over()) return;
        if (watch.error !== undefined) throw watch.error;
        if (arrived.error !== undefined) throw arrived.error;
        const woken = Promise.withResolvers<undefined>();
        wake = () => {
          woken.resolve(undefined);
        };
        await woken.promise;
      }
      if (arrived.result.done) return;
      yield arrived.result.value;
    }
  } finally {
    left = true;
    signal.removeEventListener('abort', cancel);
  }
}

function offsetOf(token: string | undefined): number {
  if (token === undefined) return 0;
  if (!/^\d{1,15}$/.test(token))
    throw new ProviderError('invalid', `This is no place in a log: ${token.slice(0, 100)}`);
  return Number(token);
}
