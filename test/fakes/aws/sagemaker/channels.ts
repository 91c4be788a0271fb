import type { S3Client } from '@aws-sdk/client-s3';
import type { Channel } from '@aws-sdk/client-sagemaker';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from './host';
import { getObject, getText, listObjects, s3Place } from './objects';

interface Item {
  readonly bucket: string;
  readonly key: string;
  /** In the channel's folder. */
  readonly path: string;
}

/** What a channel brings: all objects below a prefix, or those that a manifest names. Empty where there are none. */
export async function channelItems(s3: S3Client, { DataSource }: Channel): Promise<readonly Item[]> {
  const { S3Uri = '', S3DataType } = DataSource?.S3DataSource ?? {};
  if (S3DataType === 'ManifestFile') return manifestItems(await getText(s3, S3Uri));
  const { bucket } = s3Place(S3Uri);
  return (await listObjects(s3, S3Uri)).map(({ key, path }) => ({ bucket, key, path }));
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html */
function manifestItems(text: string): readonly Item[] {
  const [first, ...rest] = JSON.parse(text) as readonly [{ prefix: string }, ...string[]];
  const { bucket, key } = s3Place(first.prefix);
  return rest.map((path) => ({ bucket, key: key + path, path }));
}

/** Why SageMaker can't fill a channel, in its words. */
export class DownloadFailure extends Error {}

/** Fills a host's folder of one channel. Throws `DownloadFailure`. */
export async function fillChannel(
  s3: S3Client,
  channel: Channel,
  host: Host,
  index: number,
  count: number,
): Promise<void> {
  const folder = join(host.ml, 'input/data', channel.ChannelName ?? '');
  await mkdir(folder, { recursive: true });
  const { S3DataDistributionType, S3DataType, S3Uri = '' } = channel.DataSource?.S3DataSource ?? {};
  const items = (await channelItems(s3, channel)).filter(
    (_, place) => S3DataDistributionType !== 'ShardedByS3Key' || place % count === index,
  );
  // SageMaker leaves the manifest beside the channel's folder.
  if (S3DataType === 'ManifestFile') await writeFile(`${folder}-manifest`, await getText(s3, S3Uri));
  for (let from = 0; from < items.length; from += 8)
    await Promise.all(
      items.slice(from, from + 8).map(({ bucket, key, path }) =>
        getObject(s3, bucket, key, join(folder, path)).catch((error: unknown) => {
          // As for a key that is missing, or two of which one would have to be a folder.
          throw new DownloadFailure(`ClientError: Data download failed:${key}: ${String(error)}`);
        }),
      ),
    );
}
