import type { CompletedPart, GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { ProviderError, throwIfCancelled } from '../../../core/errors';
import type { AwsAccount } from '../account/account';
import { inParts } from './parts';
import type { JobPlace } from './place';

/** Parts of an upload under way at once. */
const abreast = 4;
/** S3 takes no smaller parts, but for the last, and so many of an object. */
const smallestPart = 8 << 20;
const mostParts = 10_000;
/** How often reading goes on after it broke off without a byte. */
const patience = 4;

/** Milliseconds that one part may take on a slow line. */
const requestTimeout = 15 * 60_000;

const never = new AbortController().signal;

/** The objects of one bucket. All throw `ProviderError`, or `CancelledError`. */
export class Objects {
  constructor(
    private readonly account: AwsAccount,
    private readonly place: Pick<JobPlace, 'bucket' | 'owner' | 'kmsKey'>,
  ) {}

  async put(key: string, body: string | Uint8Array, signal: AbortSignal): Promise<void> {
    const input = { ...this.object(key), ...this.encryption, Body: body };
    await this.account.ask(
      's3',
      `An object can’t be written to the bucket ${this.place.bucket}`,
      (sdk, client, options) =>
        client.send(new sdk.PutObjectCommand(input), { ...options, requestTimeout }),
      signal,
    );
  }

  /** Writes it unless there is one: the first to do so wins. */
  async putOnce(key: string, body: string, signal: AbortSignal): Promise<void> {
    const input = { ...this.object(key), ...this.encryption, Body: body, IfNoneMatch: '*' };
    await this.account.ask(
      's3',
      `An object can’t be written to the bucket ${this.place.bucket}`,
      (sdk, client, options) =>
        client.send(new sdk.PutObjectCommand(input), options).catch((error: unknown) => {
          if (!isNamed(error, 'PreconditionFailed')) throw error;
        }),
      signal,
    );
  }

  /** `undefined` where there is none. */
  async text(key: string, signal: AbortSignal): Promise<string | undefined> {
    return this.account.ask(
      's3',
      `An object in the bucket ${this.place.bucket} can’t be read`,
      async (sdk, client, options) => {
        try {
          const found = await client.send(new sdk.GetObjectCommand(this.object(key)), options);
          return await found.Body?.transformToString();
        } catch (error) {
          if (isNamed(error, 'NoSuchKey', 'NoSuchBucket')) return undefined;
          throw error;
        }
      },
      signal,
    );
  }

  /** In bytes; `undefined` where there is none. */
  async size(key: string, signal: AbortSignal): Promise<number | undefined> {
    return this.account.ask(
      's3',
      `An object in the bucket ${this.place.bucket} can’t be read`,
      async (sdk, client, options) => {
        try {
          return (await client.send(new sdk.HeadObjectCommand(this.object(key)), options)).ContentLength ?? 0;
        } catch (error) {
          if (isNamed(error, 'NotFound', 'NoSuchKey', 'NoSuchBucket')) return undefined;
          throw error;
        }
      },
      signal,
    );
  }

  /** An object's bytes. Goes on where the network broke off, unless it is another object by then. */
  async *read(key: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let offset = 0;
    let failures = 0;
    let etag: string | undefined;
    for (;;) {
      const found = await this.open(key, offset, etag, signal);
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
          throw new ProviderError('network', `Reading from S3 broke off. Try again: ${key}`, { cause: error });
      } finally {
        signal.removeEventListener('abort', close);
        close();
      }
      throwIfCancelled(signal);
      if (offset >= end) return;
    }
  }

  /** Keys that begin with `prefix`. */
  async list(prefix: string, signal: AbortSignal): Promise<readonly string[]> {
    const { bucket } = this.place;
    const keys: string[] = [];
    for (let token: string | undefined; ; ) {
      const input = { ...this.bucket, Prefix: prefix, ContinuationToken: token };
      const page = await this.account.ask(
        's3',
        `The bucket ${bucket} can’t be listed`,
        (sdk, client, options) => client.send(new sdk.ListObjectsV2Command(input), options),
        signal,
      );
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
      if (token === undefined) return keys;
    }
  }

  async remove(keys: readonly string[], signal: AbortSignal): Promise<void> {
    const { bucket } = this.place;
    for (let at = 0; at < keys.length; at += 1000) {
      const Objects = keys.slice(at, at + 1000).map((Key) => ({ Key }));
      const input = { ...this.bucket, Delete: { Objects, Quiet: true } };
      const { Errors = [] } = await this.account.ask(
        's3',
        `Objects in the bucket ${bucket} can’t be deleted`,
        (sdk, client, options) => client.send(new sdk.DeleteObjectsCommand(input), options),
        signal,
      );
      const [first] = Errors;
      if (first)
        throw new ProviderError(
          first.Code === 'AccessDenied' ? 'forbidden' : 'unavailable',
          `${Errors.length} objects in the bucket ${bucket} can’t be deleted, as AWS says: ${first.Message ?? first.Code ?? ''}`,
        );
    }
  }

  /** Writes what comes as one object, in parts where it is large. Whole or not at all; `size` is about how much will come, in bytes. */
  async upload(
    key: string,
    pieces: AsyncIterable<Uint8Array>,
    size: number,
    signal: AbortSignal,
  ): Promise<void> {
    const partSize = Math.max(smallestPart, Math.ceil((size * 1.1) / mostParts));
    const parts = inParts(pieces, partSize)[Symbol.asyncIterator]();
    const first = await parts.next();
    throwIfCancelled(signal);
    if (first.done) throw new Error('Nothing to upload');
    const second = await parts.next();
    throwIfCancelled(signal);
    if (second.done) return this.put(key, first.value, signal);
    const what = `The upload to the bucket ${this.place.bucket} failed`;
    const upload = { ...this.object(key), UploadId: await this.begin(key, what, signal) };
    const failing = new AbortController();
    const given = AbortSignal.any([signal, failing.signal]);
    const done: CompletedPart[] = [];
    const waiting = [first.value, second.value];
    let number = 0;
    const next = async () => waiting.shift() ?? ((await parts.next()).value as Uint8Array | undefined);
    let turn: Promise<unknown> = Promise.resolve();
    const send = async () => {
      for (;;) {
        const taken = turn.then(async () => ({ part: await next(), PartNumber: (number += 1) }));
        turn = taken.catch(() => undefined);
        const { part, PartNumber } = await taken;
        throwIfCancelled(given);
        if (!part) return;
        const input = { ...upload, PartNumber, Body: part };
        const { ETag } = await this.account.ask(
          's3',
          what,
          (sdk, client, options) => client.send(new sdk.UploadPartCommand(input), { ...options, requestTimeout }),
          given,
        );
        done.push({ PartNumber, ETag });
      }
    };
    try {
      const stopAll = (error: unknown) => {
        failing.abort();
        throw error;
      };
      const ends = await Promise.allSettled(
        Array.from({ length: abreast }, () => send().catch(stopAll)),
      );
      const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
      throwIfCancelled(signal);
      // The others were only ended because of it.
      const reason = reasons.find((one) => one instanceof ProviderError) ?? reasons[0];
      if (reason !== undefined) throw reason;
      done.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
      const input = { ...upload, MultipartUpload: { Parts: done } };
      await this.account.ask(
        's3',
        what,
        (sdk, client, options) => client.send(new sdk.CompleteMultipartUploadCommand(input), options),
        signal,
      );
    } catch (error) {
      await this.abort(upload).catch(() => undefined);
      throw error;
    } finally {
      await parts.return?.(undefined);
    }
  }

  /** Ends uploads in parts that a process left behind, and which cost money though nobody sees them. */
  async abortUploads(prefix: string, signal: AbortSignal): Promise<void> {
    const input = { ...this.bucket, Prefix: prefix };
    const { Uploads = [] } = await this.account.ask(
      's3',
      `The uploads to the bucket ${this.place.bucket} can’t be listed`,
      (sdk, client, options) => client.send(new sdk.ListMultipartUploadsCommand(input), options),
      signal,
    );
    for (const { Key, UploadId } of Uploads)
      if (Key?.startsWith(prefix)) await this.abort({ ...this.object(Key), UploadId });
  }

  private async begin(key: string, what: string, signal: AbortSignal): Promise<string | undefined> {
    const input = { ...this.object(key), ...this.encryption };
    const begun = await this.account.ask(
      's3',
      what,
      (sdk, client, options) => client.send(new sdk.CreateMultipartUploadCommand(input), options),
      // Not cancelled on the way: its id is what it takes to abort it.
      never,
    );
    throwIfCancelled(signal);
    return begun.UploadId;
  }

  private async abort(upload: { Bucket: string; Key: string; UploadId: string | undefined }): Promise<void> {
    await this.account.ask(
      's3',
      'An upload can’t be taken back',
      (sdk, client, options) =>
        client.send(new sdk.AbortMultipartUploadCommand(upload), options).catch((error: unknown) => {
          if (!isNamed(error, 'NoSuchUpload')) throw error;
        }),
      never,
    );
  }

  private open(
    key: string,
    offset: number,
    etag: string | undefined,
    signal: AbortSignal,
  ): Promise<GetObjectCommandOutput> {
    const input = {
      ...this.object(key),
      ...(offset > 0 && { Range: `bytes=${offset}-` }),
      ...(etag !== undefined && { IfMatch: etag }),
    };
    return this.account.ask(
      's3',
      `An object in the bucket ${this.place.bucket} can’t be read`,
      (sdk, client, options) => client.send(new sdk.GetObjectCommand(input), options),
      signal,
    );
  }

  private get bucket() {
    const { bucket, owner } = this.place;
    return { Bucket: bucket, ...(owner !== undefined && { ExpectedBucketOwner: owner }) };
  }

  private object(key: string) {
    return { ...this.bucket, Key: key };
  }

  private get encryption() {
    const { kmsKey } = this.place;
    if (kmsKey === undefined) return { ServerSideEncryption: 'AES256' } as const;
    return { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKey } as const;
  }
}

function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
