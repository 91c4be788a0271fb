import type { DescribeTrainingJobResponse, TrainingJobStatus } from '@aws-sdk/client-sagemaker';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError } from '../../../core/errors';
import type { JobOutput } from '../../../core/provider';
import { isSystemError, writeAtomic } from '../../../node/files';
import { insideTar, tarFiles, type TarFile } from '../../../node/tarFiles';
import { tarTexts } from '../../../node/tarTexts';
import { outputsOf } from '../../launched/outputFiles';
import type { AwsAccount } from '../account/account';
import { gunzipped } from './storage/archive';
import { described, noSuchJob } from './describe';
import { Objects } from './storage/objects';
import { readPlace } from './place';

/** Where a job's outputs are. */
export interface Archive {
  readonly objects: Objects;
  readonly key: string;
}

/** In the job's own folder: what its archive holds, so that it is read once. */
const listFile = 'outputs.json';

/** The name of an archive as an output, where what is in it is not known. */
export const wholeArchive = 'model.tar.gz';
/** An archive without a list is read to its end only up to so many bytes: that takes time, and AWS asks money for each GB. */
export const largestRead = 256 << 20;
/** A list of outputs that is larger than this is none that we made; in bytes, packed and unpacked. */
const longestPacked = 32 << 20;
const longestList = 128 << 20;
const mostFiles = 1_000_000;

/** Whether nothing more comes. */
const over: Record<TrainingJobStatus, boolean> = {
  Completed: true,
  Deleting: true,
  Failed: true,
  InProgress: false,
  Stopped: true,
  Stopping: false,
};

/**
 * What the job left, by the list that src/remote/sagemaker.sh made of it, or, where there is none, by the headers of its `model.tar.gz`, which is
 * read to its end for that. Of one that is larger than `largest` bytes it is the archive itself. Nothing as long as it runs.
 */
export async function outputs(
  account: AwsAccount,
  id: string,
  folder: string,
  signal: AbortSignal,
  largest = largestRead,
): Promise<readonly JobOutput[]> {
  const kept = await readList(folder);
  if (kept) return outputsOf(kept);
  const job = await described(account, id, signal);
  if (!job) throw noSuchJob(id);
  const archive = await archiveOf(account, folder, job);
  if (!archive) return [];
  const size = await archive.objects.size(archive.key, signal);
  if (size === undefined) return [];
  const own = await listed(archive, signal);
  if (!own && size > largest) return [{ name: wholeArchive, files: [{ path: wholeArchive, bytes: size }] }];
  const files = own ?? (await tarFiles(gunzipped(archive.objects.read(archive.key, signal)), signal));
  await writeList(folder, files);
  return outputsOf(files);
}

/** `undefined` as long as there is none. */
export async function archiveOf(
  account: AwsAccount,
  folder: string,
  {
    ModelArtifacts,
    TrainingJobStatus: status = '',
  }: Omit<Partial<DescribeTrainingJobResponse>, 'TrainingJobStatus'> & {
    readonly TrainingJobStatus?: string | undefined;
  },
): Promise<Archive | undefined> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(ModelArtifacts?.S3ModelArtifacts ?? '') ?? [];
  if (bucket === undefined || key === undefined) return undefined;
  if (!Object.hasOwn(over, status) || !over[status as TrainingJobStatus]) return undefined;
  const place = await readPlace(folder);
  const owner = place?.bucket === bucket && place.owner !== undefined ? { owner: place.owner } : {};
  return { objects: new Objects(account, { bucket, ...owner }), key };
}

/** By the lists of the job's nodes, which are in the small archive beside the large one; `undefined` where there are none. */
export async function listed(
  { objects, key }: Archive,
  signal: AbortSignal,
): Promise<readonly TarFile[] | undefined> {
  const beside = `${key.slice(0, key.lastIndexOf('/') + 1)}output.tar.gz`;
  const size = await objects.size(beside, signal);
  // The job itself may have put anything there.
  if (size === undefined || size > longestPacked) return undefined;
  const isList = (path: string) => /^trainyard-outputs-\d{1,5}$/.test(path);
  const lists = await tarTexts(gunzipped(objects.read(beside, signal)), isList, longestList, signal);
  if (lists.size === 0) return undefined;
  const files = new Map<string, TarFile>();
  for (const line of [...lists.values()].flatMap((text) => text.split('\0'))) {
    const [, bytes = '', name = ''] = /^(\d{1,15}) (.+)$/s.exec(line) ?? [];
    const path = insideTar(name);
    if (path !== undefined && files.size < mostFiles) files.set(path, { path, bytes: Number(bytes) });
  }
  return [...files.values()];
}

async function readList(folder: string): Promise<readonly TarFile[] | undefined> {
  try {
    const list: unknown = JSON.parse(await readFile(join(folder, listFile), 'utf8'));
    return Array.isArray(list) ? (list as TarFile[]) : undefined;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function writeList(folder: string, files: readonly TarFile[]): Promise<void> {
  try {
    await writeAtomic(join(folder, listFile), JSON.stringify(files));
  } catch (error) {
    // Of a job that others started there may be no folder.
    if (!isSystemError(error, 'ENOENT', 'ENOSPC', 'EDQUOT')) throw error;
  }
}

/** Throws where a job left no such output. */
export function noSuchOutput(output: string): ProviderError {
  return new ProviderError('notFound', `The job left no such output: ${output.slice(0, 200)}`);
}
