import type { FileMount, JobSpec } from '../../../../core/jobSpec/jobSpec';
import { isUrl } from '../../../../node/uploads';

/** Something in S3 that comes to a job as an input channel. */
export interface BucketMount {
  /** The channel, whose content SageMaker puts into `/opt/ml/input/data/<channel>`. */
  readonly channel: string;
  /** Where the job wants it: absolute, from `~/`, or relative to its working directory. */
  readonly destination: string;
  /** As the job file has it, such as `s3://bucket/train`. */
  readonly source: string;
  readonly bucket: string;
  /** Of the object, or what the keys of a folder begin with: with or without a slash at its end, or empty. */
  readonly key: string;
  /** Whether it is the one object of that key, and comes as a file. */
  readonly isObject: boolean;
  /** `File` is copied before the job begins, `FastFile` is read when it is asked for. */
  readonly mode: 'File' | 'FastFile';
}

/** SageMaker takes 20 channels, and two are ours. */
const most = 18;

/**
 * A job’s mounts from S3, in the file’s order. Those that can’t be are left out: `bucketMountProblems` names them. `objects`: destinations of
 * those that are one object (`objectMounts`).
 */
export function bucketMounts(
  { file_mounts }: JobSpec,
  objects: ReadonlySet<string> = new Set(),
): readonly BucketMount[] {
  return Object.entries(file_mounts)
    .flatMap(([destination, mount]) => {
      const source = sourceOf(mount);
      if (source === undefined || !isS3(source)) return [];
      const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(source) ?? [];
      const isObject = objects.has(destination);
      return [{ destination, source, bucket, key, isObject, mode: modeOf(mount) }];
    })
    .map((mount, index) => ({ channel: `mount-${index + 1}`, ...mount }));
}

/** What SageMaker is to bring of a folder. Without a slash at its end `s3://b/train` would be `train2/` as well. */
export function folderUri({ bucket, key }: BucketMount): string {
  return `s3://${bucket}/${key === '' || key.endsWith('/') ? key : `${key}/`}`;
}

/** A ManifestFile of one object: a prefix would bring all whose keys begin with its key. */
export function objectManifest({ bucket, key }: BucketMount): string {
  const at = key.lastIndexOf('/') + 1;
  return JSON.stringify([{ prefix: `s3://${bucket}/${key.slice(0, at)}` }, key.slice(at)]);
}

/** What of a job’s mounts SageMaker can’t honour, each with its place in the file. */
export function bucketMountProblems(
  spec: JobSpec,
): readonly { readonly path: readonly string[]; readonly message: string }[] {
  const problems = Object.entries(spec.file_mounts).flatMap(([destination, mount]) => {
    const message = problemOf(mount);
    return message === undefined ? [] : [{ path: ['file_mounts', destination], message }];
  });
  const count = bucketMounts(spec).length;
  if (count > most)
    problems.push({
      path: ['file_mounts'],
      message: `SageMaker takes ${most} mounts from S3, and these are ${count}: the job would be refused.`,
    });
  return problems;
}

function problemOf(mount: FileMount): string | undefined {
  const source = sourceOf(mount);
  if (mount.kind === 'copy') {
    if (!isUrl(mount.source)) return undefined;
    if (isS3(mount.source)) return undefined;
    return 'SageMaker brings files from S3 only: the job finds nothing there.';
  }
  if (source === undefined || !isUrl(source))
    return 'Trainyard makes no buckets for a mount. Name what is in S3 already: source: s3://bucket/folder';
  if (!isS3(source)) return 'SageMaker brings files from S3 only: the job finds nothing there.';
  return mount.mode === 'COPY'
    ? undefined
    : 'It can be read here, not written: SageMaker mounts S3 read-only.';
}

function sourceOf(mount: FileMount): string | undefined {
  if (mount.kind === 'copy') return mount.source;
  return typeof mount.source === 'string' ? mount.source : undefined;
}

function modeOf(mount: FileMount): BucketMount['mode'] {
  return mount.kind === 'storage' && mount.mode !== 'COPY' ? 'FastFile' : 'File';
}

function isS3(source: string): boolean {
  return /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/|$)/.test(source);
}
