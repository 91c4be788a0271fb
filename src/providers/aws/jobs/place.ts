import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, writeAtomic } from '../../../node/files';

/** Where a job has its objects in S3: the word on this computer, in the job's own folder, made before anything of it is in S3. */
export interface JobPlace {
  readonly bucket: string;
  /** Account that has the bucket, by its 12 digits; absent where the job file named the bucket, which may be anybody's. */
  readonly owner?: string;
  /** KMS key that everything there is encrypted with; absent: S3's own. */
  readonly kmsKey?: string;
  /** Whether the values of secrets may still lie there. */
  readonly secrets: boolean;
  /** What of this computer comes along, its workdir first. */
  readonly uploads: readonly PlacedUpload[];
}

export interface PlacedUpload {
  readonly what: 'folder' | 'file';
  /** As in `Upload`: empty for the workdir. */
  readonly destination: string;
  /** Keys of the packs it is made of, in the order in which they are unpacked. */
  readonly packs: readonly string[];
}

const fileName = 'aws.json';
export const root = 'trainyard/';
export const packRoot = `${root}packs/`;

/** Keys of one job's objects. */
export const jobKeys = {
  all: (id: string) => `${root}jobs/${id}/`,
  /** The channel `trainyard`. */
  input: (id: string) => `${root}jobs/${id}/input/`,
  secrets: (id: string) => `${root}jobs/${id}/input/secrets`,
  /** The channel `code`: a ManifestFile with the names of the packs. */
  code: (id: string) => `${root}jobs/${id}/code.manifest`,
  /** `<channel>.manifest` of each mount that is one object. */
  mounts: (id: string) => `${root}jobs/${id}/mounts/`,
  /** Its text is why the job was asked to stop. */
  stop: (id: string) => `${root}jobs/${id}/stop`,
  /** SageMaker makes `<id>/output/model.tar.gz` and `<id>/output/output.tar.gz` below it. */
  output: (id: string) => `${root}jobs/${id}/output/`,
  model: (id: string) => `${root}jobs/${id}/output/${id}/output/model.tar.gz`,
  checkpoints: (id: string) => `${root}jobs/${id}/checkpoints/`,
};

/** The packs that were made for this job and not for an earlier one. */
export function ownPacks({ uploads }: JobPlace, id: string): readonly string[] {
  return uploads.flatMap(({ packs }) => packs).filter((key) => key.endsWith(`-${id}.tar.gz`));
}

export function packKey(project: string, version: string, id: string): string {
  return `${packRoot}${project}/${version}-${id}.tar.gz`;
}

export function writePlace(folder: string, place: JobPlace): Promise<void> {
  return writeAtomic(join(folder, fileName), JSON.stringify(place));
}

/** `undefined` where the job never came so far. */
export async function readPlace(folder: string): Promise<JobPlace | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, fileName), 'utf8')) as JobPlace;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
