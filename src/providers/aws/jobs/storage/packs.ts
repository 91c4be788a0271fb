import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { CancelledError, ProviderError, throwIfCancelled } from '../../../../core/errors';
import { tryLock } from '../../../../node/fileLock';
import { isSystemError, writeAtomic } from '../../../../node/files';
import type { TarEntry } from '../../../../node/tarWriter';
import { difference, type Manifest } from '../../../launched/manifest';
import type { Prepared } from '../../../launched/prepared';
import type { BucketPlace } from './bucket';
import type { Objects } from './objects';
import { packKey, packRoot, readPlace, type PlacedUpload } from '../place';

/** One state of a folder of this computer, all of which is in S3. */
interface PackedState {
  /** Of its manifest. */
  readonly version: string;
  /** Keys, in the order in which they are unpacked. */
  readonly packs: readonly string[];
  readonly marks: readonly (readonly [path: string, mark: string])[];
}

/** How something that a job brings along gets there: from packs that are in S3, and one that is made of what is new. */
export interface PackPlan {
  readonly prepared: Prepared;
  readonly project: string;
  readonly packs: readonly string[];
  readonly make?: {
    readonly key: string;
    readonly send: readonly TarEntry[];
    /** Paths; absent where the pack is on top of none. */
    readonly remove?: readonly string[];
  };
}

/** States of a folder that are remembered: two, for who goes back and forth. */
const keptStates = 2;
/** So many packs on top of each other, and the next one holds all again. */
const longestChain = 8;
/** Milliseconds. */
const lockPatience = 30_000;

/**
 * Plans it with what this computer remembers of earlier uploads. `missing`: keys that turned out not to be in S3 any more, so that nothing is built on
 * them.
 */
export async function planPacks(
  home: string,
  place: BucketPlace,
  all: readonly Prepared[],
  id: string,
  missing: ReadonlySet<string> = new Set(),
): Promise<readonly PackPlan[]> {
  const plans: PackPlan[] = [];
  for (const prepared of all) {
    const project = projectOf(home, place, prepared.upload.source);
    const states = (await readStates(home, project)).filter(
      ({ packs }) => !packs.some((key) => missing.has(key)),
    );
    plans.push({ prepared, project, ...packsOf(states, prepared.manifest, project, id) });
  }
  return plans;
}

/** As the job's own folder remembers it. */
export function placed({ prepared, packs }: PackPlan): PlacedUpload {
  return { what: prepared.manifest.what, destination: prepared.upload.destination, packs };
}

/** Once the job exists: the next upload of the folder may be built on this one. */
export async function rememberPacks(home: string, { project, packs, prepared }: PackPlan): Promise<void> {
  const { version, marks } = prepared.manifest;
  const others = (await readStates(home, project)).filter((state) => state.version !== version);
  const states = [{ version, packs, marks: [...marks] }, ...others].slice(0, keptStates);
  await mkdir(join(home, folderName), { recursive: true, mode: 0o700 });
  const bytes = await promisify(gzip)(JSON.stringify(states), { level: 1 });
  await writeAtomic(statesFile(home, project), bytes);
}

/**
 * Deletes the packs of a project that no remembered state and no job of this computer is made of; none where that can't be read of each job.
 * Call with the lock.
 */
export async function sweepPacks(
  objects: Objects,
  home: string,
  project: string,
  signal: AbortSignal,
): Promise<void> {
  const wanted = new Set((await readStates(home, project)).flatMap(({ packs }) => packs));
  const jobs = join(home, 'jobs');
  for (const name of await readdir(jobs)) {
    const place = await readPlace(join(jobs, name)).catch(() => 'unknown' as const);
    // It may be made of any of them.
    if (place === 'unknown') return;
    for (const { packs } of place?.uploads ?? []) for (const key of packs) wanted.add(key);
  }
  const found = await objects.list(`${packRoot}${project}/`, signal);
  await objects.remove(
    found.filter((key) => !wanted.has(key)),
    signal,
  );
}

/** The project of a pack, by its key. */
export function projectIn(key: string): string {
  return key.slice(packRoot.length).split('/')[0] ?? '';
}

/** Does `work` while no other process chooses packs or sweeps them. */
export async function withPackLock<T>(home: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  await mkdir(join(home, folderName), { recursive: true, mode: 0o700 });
  const deadline = performance.now() + lockPatience;
  for (;;) {
    throwIfCancelled(signal);
    const lock = tryLock(join(home, folderName, 'lock'));
    if (lock) {
      try {
        return await work();
      } finally {
        lock.dispose();
      }
    }
    if (performance.now() > deadline)
      throw new ProviderError('unavailable', 'Another window tidies up in S3 and does not end. Try again.');
    await delay(50, undefined, { signal }).catch(() => {
      throw new CancelledError();
    });
  }
}

const folderName = 'aws-packs';

function statesFile(home: string, project: string): string {
  return join(home, folderName, `${project}.gz`);
}

/** Of a folder on this computer and one bucket, the same each time. */
function projectOf(home: string, { bucket, kmsKey }: BucketPlace, source: string): string {
  const words = [hostname(), home, bucket, kmsKey ?? '', source];
  return createHash('sha256').update(words.join('\0')).digest('hex').slice(0, 20);
}

function packsOf(
  states: readonly PackedState[],
  manifest: Manifest,
  project: string,
  id: string,
): Pick<PackPlan, 'packs' | 'make'> {
  const same = states.find(({ version }) => version === manifest.version);
  if (same) return { packs: same.packs };
  const key = packKey(project, manifest.version, id);
  const [base] = states;
  if (base && base.packs.length < longestChain) {
    const { send, remove } = difference(new Map(base.marks), manifest);
    if (sizeOf(send) * 2 <= sizeOf(manifest.entries))
      return { packs: [...base.packs, key], make: { key, send, remove } };
  }
  return { packs: [key], make: { key, send: manifest.entries } };
}

/** As a tar has them, in bytes. */
export function sizeOf(entries: readonly TarEntry[]): number {
  return entries.reduce((sum, entry) => sum + 512 + (entry.kind === 'file' ? entry.bytes : 0), 0);
}

/** Latest first. What can't be read is as good as none: then all is sent. */
async function readStates(home: string, project: string): Promise<readonly PackedState[]> {
  let bytes;
  try {
    bytes = await readFile(statesFile(home, project));
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
  try {
    const states: unknown = JSON.parse((await promisify(gunzip)(bytes)).toString());
    return Array.isArray(states) ? (states as PackedState[]) : [];
  } catch {
    return [];
  }
}

/** The state folder, of a job's own folder. */
export function homeOf(folder: string): string {
  return dirname(dirname(folder));
}
