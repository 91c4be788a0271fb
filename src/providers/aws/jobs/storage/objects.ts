import type { Readable } from 'node:stream';
import { ProviderError } from '../../../../core/errors';
import type { AwsAccount } from '../../account/account';
import { abortUploads, uploadInParts } from './multipart';
import { ObjectCalls, requestTimeout, unless } from './objectCalls';
import { readObject } from './objectRead';
import type { JobPlace } from '../place';

/** The objects of one bucket. All throw `ProviderError`, or `CancelledError`. */
export class Objects {
  private readonly calls: ObjectCalls;

  constructor(account: AwsAccount, place: Pick<JobPlace, 'bucket' | 'owner' | 'kmsKey'>) {
    this.calls = new ObjectCalls(account, place);
  }

  async put(key: string, body: string | Uint8Array, signal: AbortSignal): Promise<void> {
    const input = { ...this.calls.object(key), ...this.calls.encryption, Body: body };
    await this.calls.account.ask(
      's3',
      this.unwritten,
      (sdk, client, options) => client.send(new sdk.PutObjectCommand(input), { ...options, requestTimeout }),
      signal,
    );
  }

  /** Writes it unless there is one: the first to do so wins. */
  async putOnce(key: string, body: string, signal: AbortSignal): Promise<void> {
    const input = { ...this.calls.object(key), ...this.calls.encryption, Body: body, IfNoneMatch: '*' };
    await this.calls.account.ask(
      's3',
      this.unwritten,
      (sdk, client, options) =>
        client.send(new sdk.PutObjectCommand(input), options).catch(unless(undefined, 'PreconditionFailed')),
      signal,
    );
  }

  /** `undefined` where there is none. */
  async text(key: string, signal: AbortSignal): Promise<string | undefined> {
    return this.calls.account.ask(
      's3',
      this.unread,
      async (sdk, client, options) => {
        const found = await client
          .send(new sdk.GetObjectCommand(this.calls.object(key)), options)
          .catch(unless(undefined, 'NoSuchKey', 'NoSuchBucket'));
        return found?.Body?.transformToString();
      },
      signal,
    );
  }

  /** In bytes; `undefined` where there is none. */
  async size(key: string, signal: AbortSignal): Promise<number | undefined> {
    return this.calls.account.ask(
      's3',
      this.unread,
      async (sdk, client, options) => {
        const found = await client
          .send(new sdk.HeadObjectCommand(this.calls.object(key)), options)
          .catch(unless(undefined, 'NotFound', 'NoSuchKey', 'NoSuchBucket'));
        return found && (found.ContentLength ?? 0);
      },
      signal,
    );
  }

  /** An object's bytes. Goes on where the network broke off, unless it is another object by then. */
  read(key: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    return readObject(this.calls, key, signal);
  }

  /** Keys that begin with `prefix`. */
  async list(prefix: string, signal: AbortSignal): Promise<readonly string[]> {
    const keys: string[] = [];
    for (let token: string | undefined; ;) {
      const input = { ...this.calls.bucket, Prefix: prefix, ContinuationToken: token };
      const page = await this.calls.account.ask(
        's3',
        `The bucket ${this.calls.name} can’t be listed`,
        (sdk, client, options) => client.send(new sdk.ListObjectsV2Command(input), options),
        signal,
      );
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
      if (token === undefined) return keys;
    }
  }

  async remove(keys: readonly string[], signal: AbortSignal): Promise<void> {
    const { bucket, name } = this.calls;
    for (let at = 0; at < keys.length; at += 1000) {
      const Objects = keys.slice(at, at + 1000).map((Key) => ({ Key }));
      const input = { ...bucket, Delete: { Objects, Quiet: true } };
      const { Errors = [] } = await this.calls.account.ask(
        's3',
        `Objects in the bucket ${name} can’t be deleted`,
        (sdk, client, options) => client.send(new sdk.DeleteObjectsCommand(input), options),
        signal,
      );
      const [first] = Errors;
      if (first)
        throw new ProviderError(
          first.Code === 'AccessDenied' ? 'forbidden' : 'unavailable',
          `${Errors.length} objects in the bucket ${name} can’t be deleted, as AWS says: ${first.Message ?? first.Code ?? ''}`,
        );
    }
  }

  /** Writes what comes as one object, in parts where it is large. Whole or not at all; `size` is about how much will come, in bytes. */
  upload(key: string, pieces: Readable, size: number, signal: AbortSignal): Promise<void> {
    const put = (bytes: Uint8Array) => this.put(key, bytes, signal);
    return uploadInParts(this.calls, key, pieces, size, put, signal);
  }

  /** Ends uploads in parts that a process left behind, and which cost money though nobody sees them. */
  abortUploads(prefix: string, signal: AbortSignal): Promise<void> {
    return abortUploads(this.calls, prefix, signal);
  }

  private get unwritten(): string {
    return `An object can’t be written to the bucket ${this.calls.name}`;
  }

  private get unread(): string {
    return `An object in the bucket ${this.calls.name} can’t be read`;
  }
}
