import type { DescribeTrainingJobResponse, TrainingJobStatus } from '@aws-sdk/client-sagemaker';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError } from '../../../core/errors';
import type { JobOutput } from '../../../core/provider';
import { isSystemError, writeAtomic } from '../../../node/files';
import { outputsOf } from '../../launched/outputFiles';
import type { AwsAccount } from '../account/account';
import { filesOf, gunzipped, type ArchiveFile } from './archive';
import { described, noSuchJob } from './describe';
import { Objects } from './objects';
import { readPlace } from './place';

/** Where a job's outputs are. */
export interface Archive {
  readonly objects: Objects;
  readonly key: string;
}

/** In the job's own folder: what its archive holds, so that it is read once. */
const listFile = 'outputs.json';

/** Whether nothing more comes. */
const over: Record<TrainingJobStatus, boolean> = {
  Completed: true,
  Deleting: true,
  Failed: true,
  InProgress: false,
  Stopped: true,
  Stopping: false,
};

/** What the job left, by the headers of its `model.tar.gz`: SageMaker keeps no other list of it. Nothing as long as it runs. */
export async function outputs(
  account: AwsAccount,
  id: string,
  folder: string,
  signal: AbortSignal,
): Promise<readonly JobOutput[]> {
  const kept = await readList(folder);
  if (kept) return outputsOf(kept);
  const job = await described(account, id, signal);
  if (!job) throw noSuchJob(id);
  const archive = await archiveOf(account, folder, job);
  if (!archive) return [];
  if ((await archive.objects.size(archive.key, signal)) === undefined) return [];
  const files = await filesOf(gunzipped(archive.objects.read(archive.key, signal)), signal);
  await writeList(folder, files);
  return outputsOf(files);
}

/** `undefined` as long as there is none. */
export async function archiveOf(
  account: AwsAccount,
  folder: string,
  { ModelArtifacts, TrainingJobStatus: status = '' }: Omit<Partial<DescribeTrainingJobResponse>, 'TrainingJobStatus'> & {
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

async function readList(folder: string): Promise<readonly ArchiveFile[] | undefined> {
  try {
    const list: unknown = JSON.parse(await readFile(join(folder, listFile), 'utf8'));
    return Array.isArray(list) ? (list as ArchiveFile[]) : undefined;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function writeList(folder: string, files: readonly ArchiveFile[]): Promise<void> {
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
