import { ProviderError } from '../../../../core/errors';
import type { JobSpec } from '../../../../core/jobSpec/jobSpec';
import type { AwsAccount } from '../../account/account';
import type { JobPlace } from '../place';

export type BucketPlace = Pick<JobPlace, 'bucket' | 'owner' | 'kmsKey'>;

/**
 * The bucket of a job: the one that the job file names, which must be there, or SageMaker's own default one, which its usual roles may read, and
 * which is made where it is missing. Throws where it can't be used from this region.
 */
export async function bucketOf(
  account: AwsAccount,
  { trainyard }: JobSpec,
  signal: AbortSignal,
): Promise<BucketPlace> {
  const { bucket: named, kms_key: kmsKey } = trainyard?.aws ?? {};
  const key = kmsKey === undefined ? {} : { kmsKey };
  if (named !== undefined) {
    const bucket = named.replace(/^s3:\/\//, '').replace(/\/+$/, '');
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
      throw new ProviderError('invalid', `This is no bucket’s name: ${named.slice(0, 100)}`);
    if ((await look(account, { bucket }, signal)) === 'none')
      throw new ProviderError(
        'notFound',
        `There is no such bucket. Make it, or leave out trainyard.aws.bucket: ${bucket}`,
      );
    return { bucket, ...key };
  }
  const owner = await account.accountId(signal);
  const place = { bucket: `sagemaker-${account.region}-${owner}`, owner };
  if ((await look(account, place, signal)) === 'none') await make(account, place, signal);
  return { ...place, ...key };
}

/** Throws where it is there and can't be used. */
async function look(
  account: AwsAccount,
  { bucket, owner }: BucketPlace,
  signal: AbortSignal,
): Promise<'there' | 'none'> {
  const input = { Bucket: bucket, ...(owner !== undefined && { ExpectedBucketOwner: owner }) };
  return account.ask(
    's3',
    `The bucket ${bucket} can’t be used`,
    async (sdk, client, options) => {
      try {
        const { BucketRegion } = await client.send(new sdk.HeadBucketCommand(input), options);
        if (BucketRegion !== undefined && BucketRegion !== '' && BucketRegion !== account.region)
          throw elsewhere(bucket, BucketRegion, account.region);
        return 'there';
      } catch (error) {
        // A HEAD has no body: all that is known is the status and what the headers say.
        const { status, region } = answerOf(error);
        if (status === 404) return 'none';
        if (region !== undefined && region !== account.region && (status === 301 || status === 400))
          throw elsewhere(bucket, region, account.region);
        if (status === 403) throw closed(bucket, owner);
        throw error;
      }
    },
    signal,
  );
}

async function make(account: AwsAccount, { bucket, owner }: BucketPlace, signal: AbortSignal): Promise<void> {
  const Bucket = bucket;
  const expected = { Bucket, ...(owner !== undefined && { ExpectedBucketOwner: owner }) };
  const what = `The bucket ${bucket} can’t be made`;
  await account.ask(
    's3',
    what,
    async (sdk, client, options) => {
      // Its own region is the one that may not be named.
      const location = account.region as NonNullable<
        ConstructorParameters<typeof sdk.CreateBucketCommand>[0]['CreateBucketConfiguration']
      >['LocationConstraint'];
      const input =
        account.region === 'us-east-1'
          ? { Bucket }
          : { Bucket, CreateBucketConfiguration: { LocationConstraint: location } };
      try {
        await client.send(new sdk.CreateBucketCommand(input), options);
      } catch (error) {
        const name = error instanceof Error ? error.name : '';
        // Another submission was first.
        if (name === 'BucketAlreadyOwnedByYou' || name === 'OperationAborted') return;
        if (name === 'BucketAlreadyExists') throw closed(bucket, owner);
        throw error;
      }
    },
    signal,
  );
  await account.ask(
    's3',
    what,
    async (sdk, client, options) => {
      const all = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true };
      const PublicAccessBlockConfiguration = { ...all, RestrictPublicBuckets: true };
      await client.send(
        new sdk.PutPublicAccessBlockCommand({ ...expected, PublicAccessBlockConfiguration }),
        options,
      );
      const rule = {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
        BucketKeyEnabled: false,
      } as const;
      const ServerSideEncryptionConfiguration = { Rules: [rule] };
      await client.send(
        new sdk.PutBucketEncryptionCommand({ ...expected, ServerSideEncryptionConfiguration }),
        options,
      );
      const Tagging = { TagSet: [{ Key: 'trainyard:bucket', Value: 'jobs' }] };
      await client.send(new sdk.PutBucketTaggingCommand({ ...expected, Tagging }), options);
    },
    signal,
  );
}

function elsewhere(bucket: string, region: string, here: string): ProviderError {
  return new ProviderError(
    'invalid',
    `The bucket ${bucket} is in ${region}, and the job would run in ${here}. Name one of ${here} in trainyard.aws.bucket, or submit to ${region}.`,
  );
}

function closed(bucket: string, owner: string | undefined): ProviderError {
  return new ProviderError(
    'forbidden',
    owner === undefined
      ? `You may not use this bucket, or it is somebody else’s: ${bucket}`
      : `The bucket that SageMaker uses by default is closed to you, or belongs to another account than ${owner}. Name one of yours in trainyard.aws.bucket: ${bucket}`,
  );
}

/** Of a failed call of S3: its status, and the region that it says its bucket is in. */
export function answerOf(error: unknown): {
  readonly status: number | undefined;
  readonly region: string | undefined;
} {
  const { $metadata, $response } = (error ?? {}) as {
    $metadata?: { httpStatusCode?: number };
    $response?: { headers?: Record<string, string> };
  };
  return {
    status: $metadata?.httpStatusCode,
    region: $response?.headers?.['x-amz-bucket-region'],
  };
}
