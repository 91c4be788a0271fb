import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError } from '../../../core/errors';
import { jobFolder } from '../../../core/jobFolder';
import type { Submission } from '../../../core/provider';
import { shellQuote } from '../../../node/shellQuote';
import { tar, type TarEntry } from '../../../node/tarWriter';
import { jobVariables } from '../../launched/environment';
import { containerFiles, launcherFiles } from '../../launched/launcherFiles';
import { isReserved } from '../../launched/unsupported';
import { bucketMounts, objectManifest } from './storage/bucketMounts';
import { packRoot, type JobPlace } from './place';
import { layoutVariables } from './plan/variables';

/** Of src/remote, what a container starts with; what else it needs is in `job.tar`. */
const entryPoint = ['sagemaker.sh', 'given.sh'] as const;

/**
 * What a container finds.
 *
 * /opt/ml/input/data/trainyard, the channel `trainyard`:
 * - `sagemaker.sh`, its entry point, and `given.sh`, which that reads before all else
 * - `job.tar`: `launcher/` (src/remote), `setup.sh` and `run.sh` where the job has them, `environment` (lines `export NAME='value'` for sh: the
 *   launcher's own TRAINYARD_ variables; envs of the job file come as SageMaker's Environment), and `uploads`
 * - `secrets`, where the job has some: lines `export NAME='value'` for sh
 *
 * /opt/ml/input/data/code, the channel `code`, where the job brings something along: `<project>/<pack>.tar.gz`. The file `uploads` has for each thing
 * a line `folder COUNT DESTINATION` or `file COUNT DESTINATION` (to the line's end; empty: the workdir; else relative to the workdir, absolute, or from
 * `~/`), and then the names of its COUNT packs, one a line, in the order in which they are unpacked. A pack holds `removed`, where it is on top of
 * another: paths `./a/b` with a NUL after each, which have to go before its files are put there; and `files/`, what is put there. A thing of
 * the kind `file` has its content in `files/file`.
 */
export interface JobInput {
  /** By name in the channel `trainyard`. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
  /** Content of the channel `code`'s manifest. */
  readonly code?: string;
  /** Content of each `<channel>.manifest` of a mount that is one object, by its name. */
  readonly mounts: ReadonlyMap<string, string>;
}

/** Makes it, and leaves the job's scripts in its own folder on this computer. */
export async function jobInput(
  remoteFolder: string,
  submission: Submission,
  place: JobPlace,
  objectDestinations: ReadonlySet<string>,
): Promise<JobInput> {
  const { spec, folder, secrets } = submission;
  const entries: TarEntry[] = [{ kind: 'folder', path: jobFolder.launcher }];
  for (const name of [...launcherFiles, ...containerFiles]) {
    const text = await readFile(join(remoteFolder, name));
    entries.push({ kind: 'text', path: `${jobFolder.launcher}/${name}`, text, mode: 0o644 });
  }
  for (const [path, text] of [
    [jobFolder.setup, spec.setup],
    [jobFolder.run, spec.run],
  ] as const) {
    if (text === null) continue;
    await writeFile(join(folder, path), text, { mode: 0o600 });
    entries.push({ kind: 'text', path, text, mode: 0o644 });
  }
  const own = Object.entries({
    ...jobVariables(submission),
    ...layoutVariables(spec, objectDestinations),
  }).filter(([name]) => isReserved(name));
  entries.push({ kind: 'text', path: 'environment', text: exportLines(own) });
  entries.push({ kind: 'text', path: 'uploads', text: uploadLines(place) });
  const objects = new Map<string, Uint8Array>([['job.tar', await whole(tar(entries))]]);
  for (const name of entryPoint) objects.set(name, await readFile(join(remoteFolder, name)));
  const given = [...secrets].filter(([name]) => !isReserved(name));
  if (given.length > 0) objects.set('secrets', Buffer.from(exportLines(given)));
  const packs = place.uploads.flatMap((upload) => upload.packs);
  const mounts = new Map(
    bucketMounts(spec, objectDestinations)
      .filter(({ isObject }) => isObject)
      .map((mount) => [`${mount.channel}.manifest`, objectManifest(mount)]),
  );
  return { objects, mounts, ...(packs.length > 0 && { code: manifestFile(place.bucket, packs) }) };
}

function exportLines(variables: Iterable<readonly [string, string | undefined]>): string {
  const lines: string[] = [];
  for (const [name, value] of variables) {
    // A shell could not set it, and no program of the job would read it by such a name.
    if (value === undefined || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) continue;
    if (value.includes('\0'))
      throw new ProviderError(
        'invalid',
        'An env of the job holds a NUL character, which no program can be given.',
      );
    lines.push(`export ${name}=${shellQuote(value)}\n`);
  }
  return lines.join('');
}

function uploadLines({ uploads }: JobPlace): string {
  const lines = uploads.flatMap(({ what, destination, packs }) => [
    `${what} ${packs.length} ${destination}`,
    ...packs.map(nameInChannel),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

function manifestFile(bucket: string, packs: readonly string[]): string {
  return JSON.stringify([{ prefix: `s3://${bucket}/${packRoot}` }, ...new Set(packs.map(nameInChannel))]);
}

function nameInChannel(key: string): string {
  return key.slice(packRoot.length);
}

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}
