import { CancelledError, ProviderError, throwIfCancelled } from '../../../core/errors';
import type { RemoteProcess, RunOptions, RunOutput } from '../../../core/machine';

/** Runs what `start` starts to its end, within its limits of bytes and time. */
export async function runToEnd(
  start: (signal: AbortSignal) => Promise<RemoteProcess>,
  label: string,
  { input = '', maxBytes = 1 << 20, timeout = 60_000 }: RunOptions,
  signal: AbortSignal,
): Promise<RunOutput> {
  throwIfCancelled(signal);
  const inner = new AbortController();
  const cancel = () => {
    inner.abort();
  };
  const late = new ProviderError(
    'network',
    `${label} did not answer within ${Math.round(timeout / 1000)} s.`,
  );
  const timer = setTimeout(() => {
    inner.abort(late);
  }, timeout);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const process_ = await start(inner.signal);
    const writing = hand(process_, typeof input === 'string' ? Buffer.from(input) : input);
    const stdout = await collect(process_.output, maxBytes);
    const end = await process_.ended;
    await writing;
    return { ...end, stdout };
  } catch (error) {
    throw error instanceof CancelledError && inner.signal.reason === late ? late : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}

async function hand(process_: RemoteProcess, bytes: Uint8Array): Promise<void> {
  try {
    if (bytes.length > 0) await process_.write(bytes);
  } catch {
    // The connection is lost, which the end of the program tells.
  }
  process_.endInput();
}

async function collect(output: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of output) {
    if (size < maxBytes) chunks.push(chunk.subarray(0, maxBytes - size));
    size += chunk.length;
  }
  return Buffer.concat(chunks).toString('utf8');
}
