import type { AwsAccount } from '../../account/account';
import type { JobPlace } from '../place';

/** Milliseconds that one part may take on a slow line. */
export const requestTimeout = 15 * 60_000;

/** What all calls of S3 about one bucket have in common. */
export class ObjectCalls {
  constructor(
    readonly account: AwsAccount,
    private readonly place: Pick<JobPlace, 'bucket' | 'owner' | 'kmsKey'>,
  ) {}

  get name(): string {
    return this.place.bucket;
  }

  get bucket() {
    const { bucket, owner } = this.place;
    return { Bucket: bucket, ...(owner !== undefined && { ExpectedBucketOwner: owner }) };
  }

  get encryption() {
    const { kmsKey } = this.place;
    if (kmsKey === undefined) return { ServerSideEncryption: 'AES256' } as const;
    return { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKey } as const;
  }

  object(key: string) {
    return { ...this.bucket, Key: key };
  }
}

/** For a call that finds nothing, or where somebody was first: the value in place of these errors of AWS. */
export function unless<Value>(value: Value, ...names: readonly string[]): (error: unknown) => Value {
  return (error) => {
    if (error instanceof Error && names.includes(error.name)) return value;
    throw error;
  };
}
