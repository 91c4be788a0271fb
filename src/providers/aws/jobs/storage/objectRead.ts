import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { ProviderError, throwIfCancelled } from '../../../../core/errors';
import type { ObjectCalls } from './objectCalls';

/** How often reading goes on after it broke off without a byte. */
const patience = 4;

/** An object's bytes. Goes on where the network broke off, unless it is another object by then. */
export async function* readObject(
  calls: ObjectCalls,
  key: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  let failures = 0;
  let etag: string | undefined;
  for (;;) {
    const found = await open(calls, key, offset, etag, signal);
    const body = found.Body as (AsyncIterable<Uint8Array> & { destroy?: () => void }) | undefined;
    if (!body) return;
    etag = found.ETag;
    const end = offset + (found.ContentLength ?? 0);
    const close = () => body.destroy?.();
    signal.addEventListener('abort', close);
    try {
      for await (const bytes of body) {
        throwIfCancelled(signal);
        offset += bytes.length;
        failures = 0;
        yield bytes;
      }
    } catch (error) {
      throwIfCancelled(signal);
      failures += 1;
      if (failures > patience)
        throw new ProviderError('network', `Reading from S3 broke off. Try again: ${key}`, {
          cause: error,
        });
    } finally {
      signal.removeEventListener('abort', close);
      close();
    }
    throwIfCancelled(signal);
    if (offset >= end) return;
  }
}

function open(
  calls: ObjectCalls,
  key: string,
  offset: number,
  etag: string | undefined,
  signal: AbortSignal,
): Promise<GetObjectCommandOutput> {
  const input = {
    ...calls.object(key),
    ...(offset > 0 && { Range: `bytes=${offset}-` }),
    ...(etag !== undefined && { IfMatch: etag }),
  };
  return calls.account.ask(
    's3',
    `An object in the bucket ${calls.name} can’t be read`,
    (sdk, client, options) => client.send(new sdk.GetObjectCommand(input), options),
    signal,
  );
}
