import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfCancelled } from '../../core/errors';
import { isSystemError } from '../../node/files';
import { allocated } from '../../node/holes';

/** What a job's folder takes on the disk, in bytes: what is really allocated, a file with two names once. */
export interface DiskUse {
  readonly log: number;
  readonly telemetry: number;
  readonly outputs: number;
  /** The nodes' copies of the workdir, with all that the job wrote there. */
  readonly workdirs: number;
  readonly other: number;
}

type Kind = keyof DiskUse;

export function totalBytes(use: DiskUse): number {
  return use.log + use.telemetry + use.outputs + use.workdirs + use.other;
}

/** Measures a job's folder; nothing where there is none. */
export async function diskUse(folder: string, signal: AbortSignal): Promise<DiskUse> {
  const use: Record<Kind, number> = { log: 0, telemetry: 0, outputs: 0, workdirs: 0, other: 0 };
  const counted = new Set<string>();
  const open: { readonly path: string; readonly names: readonly string[] }[] = [{ path: folder, names: [] }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { path, names } = next;
    throwIfCancelled(signal);
    for (const name of await namesIn(path)) {
      const stats = await lstat(join(path, name)).catch(unlessGone);
      if (!stats) continue;
      if (stats.isDirectory()) open.push({ path: join(path, name), names: [...names, name] });
      const key = `${stats.dev} ${stats.ino}`;
      if (stats.nlink > 1 && !stats.isDirectory() && counted.has(key)) continue;
      counted.add(key);
      use[kindOf([...names, name])] += allocated(stats);
    }
  }
  return use;
}

/** By the path in the job's folder (`core/jobFolder`). */
function kindOf([first, , third = '']: readonly string[]): Kind {
  if (first === 'outputs') return 'outputs';
  if (first !== 'nodes') return 'other';
  if (isWorkdir(third)) return 'workdirs';
  if (third === 'log' || third.startsWith('log.')) return 'log';
  return third === 'telemetry' || third.startsWith('telemetry.') ? 'telemetry' : 'other';
}

/** Also one whose removal was cut off (`node/files`). */
export function isWorkdir(name: string): boolean {
  return name === 'workdir' || name.startsWith('.deleted-workdir-');
}

async function namesIn(path: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(path)) names.push(name);
  } catch (error) {
    unlessGone(error);
  }
  return names;
}

/** Files come and go while they are counted, and some nobody may look at. */
function unlessGone(error: unknown): undefined {
  if (!isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM')) throw error;
}
