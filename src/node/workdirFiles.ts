import { lstat as lstatCallback, lstatSync, readdirSync, type Dirent, type Stats } from 'node:fs';
import { readdir, readlink, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ProviderError, throwIfCancelled } from '../core/errors';
import { isInside, isSystemError } from './files';
import { IgnoreRules } from './ignoreRules';

/** Something that goes along when a folder is uploaded. */
export type WorkdirEntry =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly bytes: number;
      /** Unix milliseconds. */
      readonly modifiedAt: number;
      /** Permission bits, such as 0o644. */
      readonly mode: number;
    }
  /** Goes along as a link, never as what it points at. `outside`: absolute, where it leads out of the folder. */
  | { readonly kind: 'link'; readonly path: string; readonly target: string; readonly outside?: string };

/** What an upload takes along. Paths are relative with the system's separator; a folder stands before what is in it. */
export interface WorkdirFiles {
  /** Absolute. A file where `entries` has one entry with an empty path. */
  readonly root: string;
  readonly entries: readonly WorkdirEntry[];
  readonly files: number;
  readonly bytes: number;
}

/**
 * Lists what an upload of `root` (absolute) takes along by the rules of `IgnoreRules`; `.git` goes along, as in SkyPilot. A
 * single file is taken as it is. `except` (absolute) and what is in it are left out. Sockets, pipes and devices can't go along.
 * `what` names the field in messages, such as `workdir`.
 */
export async function workdirFiles(
  root: string,
  what: string,
  options: { readonly except?: string; readonly signal: AbortSignal },
): Promise<WorkdirFiles> {
  throwIfCancelled(options.signal);
  const found = await stat(root).catch((error: unknown) => {
    throw unreadable(root, what, error);
  });
  if (found.isFile()) {
    return {
      root,
      entries: [
        { kind: 'file', path: '', bytes: found.size, modifiedAt: found.mtimeMs, mode: found.mode & 0o7777 },
      ],
      files: 1,
      bytes: found.size,
    };
  }
  if (!found.isDirectory())
    throw new ProviderError('invalid', `The ${what} is neither a folder nor a file: ${root}`);
  const walk = new Walk(root, what, options.except, options.signal);
  await walk.folder('', await IgnoreRules.of(root));
  return { root, entries: walk.entries, files: walk.files, bytes: walk.bytes };
}

const lstat = promisify(lstatCallback);

/** Stats under way at once, or done in one turn: enough to keep the system's threads busy. */
const abreast = 64;
/** Milliseconds an entry. A disk that takes longer, as those of a network may, is asked aside. */
const slow = 20 / abreast;
/** The same, of one that is asked aside from then on: the editor must not wait for it. */
const tooSlow = 100 / abreast;

class Walk {
  readonly entries: WorkdirEntry[] = [];
  files = 0;
  bytes = 0;
  /** One after another without a thread between costs a fifth where the disk answers at once. */
  private quick = true;
  /** Milliseconds an entry at the last look without a thread. */
  private direct = 0;

  constructor(
    private readonly root: string,
    private readonly what: string,
    private readonly except: string | undefined,
    private readonly signal: AbortSignal,
  ) {}

  async folder(path: string, outer: IgnoreRules): Promise<void> {
    const folder = join(this.root, path);
    const found = await this.read(folder);
    throwIfCancelled(this.signal);
    const names = found.map((entry) => entry.name);
    const rules = await outer.enter(folder, names);
    const kept = found.filter((entry) => !rules.ignores(folder, entry.name, entry.isDirectory()));
    const files = kept.filter((entry) => entry.isFile());
    for (let at = 0; at < files.length; at += abreast) {
      await this.some(files.slice(at, at + abreast).map((entry) => below(path, entry.name)));
      throwIfCancelled(this.signal);
    }
    for (const entry of kept) {
      const own = below(path, entry.name);
      if (entry.isSymbolicLink()) await this.link(own);
      else if (entry.isDirectory() && join(this.root, own) !== this.except) {
        this.entries.push({ kind: 'folder', path: own });
        await this.folder(own, rules);
      }
    }
  }

  private async read(folder: string): Promise<Dirent[]> {
    try {
      // A thread's answer takes longer than a disk that answers at once.
      if (this.quick) return readdirSync(folder, { withFileTypes: true });
      return await readdir(folder, { withFileTypes: true });
    } catch (error) {
      // It went away while we were looking.
      if (folder !== this.root && isSystemError(error, 'ENOENT')) return [];
      throw unreadable(folder, this.what, error);
    }
  }

  private async some(paths: readonly string[]): Promise<void> {
    const start = performance.now();
    if (this.quick) {
      for (const path of paths) {
        try {
          this.file(path, lstatSync(below(this.root, path)));
        } catch (error) {
          this.absent(path, error);
        }
      }
      this.direct = (performance.now() - start) / paths.length;
      this.quick = this.direct < slow;
      await turn();
      return;
    }
    const looked = paths.map((path) =>
      lstat(below(this.root, path)).catch((error: unknown) => {
        this.absent(path, error);
        return undefined;
      }),
    );
    for (const [index, stats] of (await Promise.all(looked)).entries()) this.file(paths[index] ?? '', stats);
    // It was the computer that was busy, and not the disk that is slow.
    const aside = (performance.now() - start) / paths.length;
    this.quick = this.direct < tooSlow && aside > this.direct;
  }

  /** What went away while we were looking does not go along; anything else is told. */
  private absent(path: string, error: unknown): void {
    if (!isSystemError(error, 'ENOENT')) throw unreadable(join(this.root, path), this.what, error);
  }

  private file(path: string, stats: Stats | undefined): void {
    if (!stats) return;
    this.entries.push({
      kind: 'file',
      path,
      bytes: stats.size,
      modifiedAt: stats.mtimeMs,
      mode: stats.mode & 0o7777,
    });
    this.files += 1;
    this.bytes += stats.size;
  }

  private async link(path: string): Promise<void> {
    const target = await readlink(join(this.root, path));
    const absolute = resolve(dirname(join(this.root, path)), target);
    this.entries.push({
      kind: 'link',
      path,
      target,
      ...(!isInside(this.root, absolute) && { outside: absolute }),
    });
    this.files += 1;
  }
}

/** As `join`, which looks at each character, for a name that the system gave. */
function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}${sep}${name}`;
}

function unreadable(path: string, what: string, error: unknown): ProviderError {
  const options = { cause: error };
  if (isSystemError(error, 'ENOENT', 'ENOTDIR')) {
    return new ProviderError(
      'invalid',
      `The ${what} does not exist. Create it, or mend the path in the job file: ${path}`,
      options,
    );
  }
  if (isSystemError(error, 'EACCES', 'EPERM'))
    return new ProviderError(
      'invalid',
      `The ${what} holds something that you may not read: ${path}`,
      options,
    );
  return new ProviderError('unavailable', `The ${what} can’t be read (${String(error)}): ${path}`, options);
}
