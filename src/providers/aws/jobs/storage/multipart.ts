import type { CompletedPart } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { asError, ProviderError, throwIfCancelled } from '../../../../core/errors';
import { requestTimeout, unless, type ObjectCalls } from './objectCalls';
import { inParts } from './parts';

/** Parts of an upload under way at once. */
const abreast = 4;
/** S3 takes no smaller parts, but for the last, and so many of an object. */
const smallestPart = 8 << 20;
const mostParts = 10_000;

const never = new AbortController().signal;

/** Parts of an object, in order; none once it is all there. */
type Parts = AsyncGenerator<Uint8Array, undefined>;

interface Upload {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string | undefined;
}

/**
 * Writes what comes as one object, in parts where it is large. Whole or not at all; `size` is about how much will come, in bytes. What fits
 * into one part is given to `put`.
 */
export async function uploadInParts(
  calls: ObjectCalls,
  key: string,
  pieces: Readable,
  size: number,
  put: (bytes: Uint8Array) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const parts = inParts(pieces, Math.max(smallestPart, Math.ceil((size * 1.1) / mostParts)));
  // Gigabytes may be read until there is another part.
  const end = () => pieces.destroy();
  signal.addEventListener('abort', end);
  try {
    const first = await parts.next();
    throwIfCancelled(signal);
    if (first.done) throw new Error('Nothing to upload');
    const second = await parts.next();
    throwIfCancelled(signal);
    if (second.done) await put(first.value);
    else await sendAll(calls, key, [first.value, second.value], parts, end, signal);
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}

/** Ends uploads in parts that a process left behind, and which cost money though nobody sees them. */
export async function abortUploads(calls: ObjectCalls, prefix: string, signal: AbortSignal): Promise<void> {
  const input = { ...calls.bucket, Prefix: prefix };
  const { Uploads = [] } = await calls.account.ask(
    's3',
    `The uploads to the bucket ${calls.name} can’t be listed`,
    (sdk, client, options) => client.send(new sdk.ListMultipartUploadsCommand(input), options),
    signal,
  );
  for (const { Key, UploadId } of Uploads)
    if (Key?.startsWith(prefix)) await abort(calls, { ...calls.object(Key), UploadId });
}

async function sendAll(
  calls: ObjectCalls,
  key: string,
  waiting: Uint8Array[],
  parts: Parts,
  end: () => void,
  signal: AbortSignal,
): Promise<void> {
  const what = `The upload to the bucket ${calls.name} failed`;
  const input = { ...calls.object(key), ...calls.encryption };
  const begun = await calls.account.ask(
    's3',
    what,
    (sdk, client, options) => client.send(new sdk.CreateMultipartUploadCommand(input), options),
    // Not cancelled on the way: its id is what it takes to abort it.
    never,
  );
  const upload = { ...calls.object(key), UploadId: begun.UploadId };
  try {
    throwIfCancelled(signal);
    const Parts = await sendParts(calls, what, upload, waiting, parts, end, signal);
    await complete(calls, what, upload, Parts, signal);
  } catch (error) {
    await abort(calls, upload).catch(() => undefined);
    throw error;
  }
  // Where the first answer was lost, there is an upload of which nobody has the id.
  if ((begun.$metadata.attempts ?? 1) > 1) await abortUploads(calls, key, signal).catch(() => undefined);
}

/** Sends some at once; the first failure ends all. */
async function sendParts(
  calls: ObjectCalls,
  what: string,
  upload: Upload,
  waiting: Uint8Array[],
  parts: Parts,
  end: () => void,
  signal: AbortSignal,
): Promise<CompletedPart[]> {
  const failing = new AbortController();
  const given = AbortSignal.any([signal, failing.signal]);
  const done: CompletedPart[] = [];
  let number = 0;
  const next = async () => waiting.shift() ?? (await parts.next()).value;
  let turn: Promise<unknown> = Promise.resolve();
  const send = async () => {
    for (;;) {
      const taken = turn.then(async () => ({ part: await next(), PartNumber: (number += 1) }));
      turn = taken.catch(() => undefined);
      const { part, PartNumber } = await taken;
      throwIfCancelled(given);
      if (!part) return;
      const input = { ...upload, PartNumber, Body: part };
      const { ETag } = await calls.account.ask(
        's3',
        what,
        (sdk, client, options) =>
          client.send(new sdk.UploadPartCommand(input), { ...options, requestTimeout }),
        given,
      );
      done.push({ PartNumber, ETag });
    }
  };
  const stopAll = (error: unknown) => {
    failing.abort();
    end();
    throw error;
  };
  const ends = await Promise.allSettled(Array.from({ length: abreast }, () => send().catch(stopAll)));
  throwIfCancelled(signal);
  const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [asError(end.reason)] : []));
  // The others were only ended because of it.
  const reason = reasons.find((one) => one instanceof ProviderError) ?? reasons[0];
  if (reason !== undefined) throw reason;
  return done.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
}

async function complete(
  calls: ObjectCalls,
  what: string,
  upload: Upload,
  Parts: CompletedPart[],
  signal: AbortSignal,
): Promise<void> {
  const object = calls.object(upload.Key);
  await calls.account.ask(
    's3',
    what,
    async (sdk, client, options) => {
      const input = { ...upload, MultipartUpload: { Parts } };
      const known = await client
        .send(new sdk.CompleteMultipartUploadCommand(input), options)
        .then(() => true)
        .catch(unless(false, 'NoSuchUpload'));
      // Asked again after its answer was lost, S3 may know of no upload any more: then the object is there.
      if (!known) await client.send(new sdk.HeadObjectCommand(object), options);
    },
    signal,
  );
}

async function abort(calls: ObjectCalls, upload: Upload): Promise<void> {
  await calls.account.ask(
    's3',
    'An upload can’t be taken back',
    (sdk, client, options) =>
      client
        .send(new sdk.AbortMultipartUploadCommand(upload), options)
        .catch(unless(undefined, 'NoSuchUpload')),
    never,
  );
}
