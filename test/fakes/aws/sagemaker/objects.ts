import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3ServiceException,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** `s3://bucket/a/b` as `{ bucket, key: 'a/b' }`. */
export function s3Place(uri: string): { readonly bucket: string; readonly key: string } {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri) ?? [];
  if (bucket === undefined) throw new Error(`Not a place in S3: ${uri}`);
  return { bucket, key };
}

/** What is below a place, as the paths that a channel has them at. Empty also where there is no such bucket. */
export async function listObjects(
  s3: S3Client,
  uri: string,
): Promise<readonly { readonly key: string; readonly path: string }[]> {
  const { bucket, key: prefix } = s3Place(uri);
  const found: { key: string; path: string }[] = [];
  let token: string | undefined;
  do {
    const page = await s3
      .send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }))
      .catch((error: unknown) => {
        if (error instanceof S3ServiceException && error.name === 'NoSuchBucket') return undefined;
        throw error;
      });
    for (const { Key: key = '' } of page?.Contents ?? [])
      if (!key.endsWith('/')) found.push({ key, path: pathIn(prefix, key) });
    token = page?.NextContinuationToken;
  } while (token !== undefined);
  return found;
}

/** `train/x/y` of the prefix `train` or `train/` is `x/y`, of `train/x/y` itself `y`, of `tra` `train/x/y`. */
function pathIn(prefix: string, key: string): string {
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  if (key.startsWith(folder)) return key.slice(folder.length);
  return key.slice(prefix.lastIndexOf('/') + 1);
}

export async function getObject(s3: S3Client, bucket: string, key: string, path: string): Promise<void> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  await mkdir(dirname(path), { recursive: true });
  await pipeline(Body as Readable, createWriteStream(path));
}

export async function getText(s3: S3Client, uri: string): Promise<string> {
  const { bucket, key } = s3Place(uri);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return (await Body?.transformToString()) ?? '';
}

/** Read at once: the job may go on writing. */
export async function putFile(s3: S3Client, path: string, uri: string): Promise<void> {
  const { bucket, key } = s3Place(uri);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: await readFile(path) }));
}

/** Paths of the files below `folder`, relative to it; none where it is not there. Links are followed to files. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
