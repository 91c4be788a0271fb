import type { JobSpec } from '../../../../core/jobSpec/jobSpec';
import { ProviderError } from '../../../../core/errors';
import type { AwsAccount } from '../../account/account';
import { answerOf } from './bucket';
import { bucketMounts, type BucketMount } from './bucketMounts';

/**
 * Asks S3 what a job's mounts are, and gives the destinations of those that are one object and so arrive as a file: `s3://b/model.bin`, also
 * where there is `s3://b/model.bin/more`. All others are folders. Throws `ProviderError`, which names the mount, where SageMaker could not
 * bring it, or where nobody can tell what it is.
 */
export async function objectMounts(
  account: AwsAccount,
  spec: JobSpec,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const found = await Promise.all(
    bucketMounts(spec).map(async (mount) => ({ mount, isObject: await isObject(account, mount, signal) })),
  );
  return new Set(found.flatMap(({ mount, isObject: yes }) => (yes ? [mount.destination] : [])));
}

async function isObject(account: AwsAccount, mount: BucketMount, signal: AbortSignal): Promise<boolean> {
  const { key, source, destination } = mount;
  const isFolder = key === '' || key.endsWith('/');
  const first = (await isReadable(account, mount, signal))
    ? await firstKey(account, mount, key, signal)
    : null;
  if (first === null) {
    // The job's role may be allowed more than this person.
    if (isFolder) return false;
    if (await isThere(account, mount, signal)) return true;
    throw new ProviderError(
      'forbidden',
      `Whether the mount ${destination} is a file or a folder can’t be seen: you may not list its bucket. Ask for s3:ListBucket, or end the source with / where it is a folder: ${source}`,
    );
  }
  // What begins with it and is no more than it comes first in S3's order.
  if (!isFolder && first === key) return true;
  const inside = isFolder ? first : await firstKey(account, mount, `${key}/`, signal);
  if (inside === undefined)
    throw new ProviderError(
      'notFound',
      `There is nothing in S3 for the mount ${destination}. Look at the name of its source: ${source}`,
    );
  return false;
}

/** Whether its bucket may be listed, as far as can be seen. Throws where SageMaker can't read from it in this region. */
function isReadable(
  account: AwsAccount,
  { bucket, destination, source }: BucketMount,
  signal: AbortSignal,
): Promise<boolean> {
  return account.ask(
    's3',
    `The source of the mount ${destination} can’t be looked at`,
    async (sdk, client, options) => {
      const elsewhere = (region: string) =>
        new ProviderError(
          'invalid',
          `The mount ${destination} is from a bucket in ${region}, and SageMaker reads only those of ${account.region}. Copy it, or submit to ${region}: ${source}`,
        );
      try {
        const { BucketRegion: region = '' } = await client.send(
          new sdk.HeadBucketCommand({ Bucket: bucket }),
          options,
        );
        if (region !== '' && region !== account.region) throw elsewhere(region);
        return true;
      } catch (error) {
        const { status, region } = answerOf(error);
        if (status === 404)
          throw new ProviderError(
            'notFound',
            `There is no bucket of that name for the mount ${destination}: ${source}`,
            { cause: error },
          );
        if (region !== undefined && region !== account.region && status !== undefined && status >= 300)
          throw elsewhere(region);
        if (status === 403) return false;
        throw error;
      }
    },
    signal,
  );
}

/** The first key that begins with `prefix`; `null` where the bucket may not be listed. */
function firstKey(
  account: AwsAccount,
  { bucket, destination }: BucketMount,
  prefix: string,
  signal: AbortSignal,
): Promise<string | undefined | null> {
  return account.ask(
    's3',
    `The source of the mount ${destination} can’t be looked at`,
    async (sdk, client, options) => {
      try {
        const input = { Bucket: bucket, Prefix: prefix, MaxKeys: 1 };
        const { Contents = [] } = await client.send(new sdk.ListObjectsV2Command(input), options);
        return Contents[0]?.Key;
      } catch (error) {
        if (answerOf(error).status === 403) return null;
        throw error;
      }
    },
    signal,
  );
}

function isThere(
  account: AwsAccount,
  { bucket, key, destination }: BucketMount,
  signal: AbortSignal,
): Promise<boolean> {
  return account.ask(
    's3',
    `The source of the mount ${destination} can’t be looked at`,
    async (sdk, client, options) => {
      try {
        await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key }), options);
        return true;
      } catch (error) {
        const { status } = answerOf(error);
        if (status === 403 || status === 404) return false;
        throw error;
      }
    },
    signal,
  );
}
