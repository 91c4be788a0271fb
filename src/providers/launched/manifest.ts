import { createHash } from 'node:crypto';
import { join, sep } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { TarEntry } from '../../node/tarWriter';
import type { WorkdirFiles } from '../../node/workdirFiles';

/** By path, what tells one state of a folder's entry from another. */
export type Marks = ReadonlyMap<string, string>;

/** One state of what an upload takes along. */
export interface Manifest {
  /** Names it: of the same entries with the same sizes, times, modes and targets it is the same. */
  readonly version: string;
  /** `file` for a single one, which has the path `file`. */
  readonly what: 'folder' | 'file';
  /** Lines that a list of its entries takes, with the folder itself. */
  readonly lines: number;
  readonly marks: Marks;
  readonly entries: readonly TarEntry[];
  /** Of its files together. */
  readonly bytes: number;
  readonly files: number;
}

export function manifestOf({ root, entries: listed, files, bytes }: WorkdirFiles): Manifest {
  const single = listed.length === 1 && listed[0]?.path === '';
  const marks = new Map<string, string>();
  const entries: TarEntry[] = [];
  let lines = 1;
  for (const entry of listed) {
    const path = single ? 'file' : sep === '/' ? entry.path : entry.path.split(sep).join('/');
    lines += path.includes('\n') ? path.split('\n').length : 1;
    switch (entry.kind) {
      case 'folder':
        marks.set(path, 'd');
        entries.push({ kind: 'folder', path });
        break;
      case 'link':
        marks.set(path, `l ${entry.target}`);
        entries.push({ kind: 'link', path, target: entry.target });
        break;
      case 'file': {
        const { modifiedAt, mode } = entry;
        marks.set(path, `f ${entry.bytes} ${modifiedAt} ${mode}`);
        const source = single ? root : join(root, entry.path);
        entries.push({ kind: 'file', path, source, bytes: entry.bytes, modifiedAt, mode });
      }
    }
  }
  return {
    version: versionOf(marks),
    what: single ? 'file' : 'folder',
    lines,
    marks,
    entries,
    bytes,
    files,
  };
}

/** The same in whatever order they are. Neither a path nor a mark can hold a NUL. */
function versionOf(marks: Marks): string {
  const lines = Array.from(marks, ([path, mark]) => `${path}\0${mark}\0`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex').slice(0, 32);
}

/** As it lies on the host, which does not read it. */
export function packMarks(marks: Marks): Uint8Array {
  return gzipSync(JSON.stringify([...marks]), { level: 1 });
}

/** `undefined` where these are no marks. */
export function unpackMarks(bytes: Uint8Array): Marks | undefined {
  try {
    const parsed: unknown = JSON.parse(gunzipSync(bytes, { maxOutputLength: 1 << 30 }).toString());
    if (!Array.isArray(parsed)) return undefined;
    return new Map(parsed as [string, string][]);
  } catch {
    return undefined;
  }
}

/** What has to be sent to make `wanted` of what is there, and the paths that have to go first: what is gone or changed. */
export function difference(
  there: Marks,
  wanted: Manifest,
): { readonly send: readonly TarEntry[]; readonly remove: readonly string[] } {
  const remove: string[] = [];
  for (const [path, mark] of there) {
    if (wanted.marks.get(path) === mark) continue;
    remove.push(path);
  }
  return { send: wanted.entries.filter(({ path }) => there.get(path) !== wanted.marks.get(path)), remove };
}
