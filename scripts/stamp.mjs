import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** One hash over names and contents of files and folders; a missing one counts as missing. */
export function fingerprint(paths, ...more) {
  const hash = createHash('sha256');
  for (const path of paths) add(hash, path);
  hash.update(JSON.stringify(more));
  return hash.digest('hex');
}

function add(hash, path) {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  hash.update(`${path}\0`);
  if (!stat) hash.update('missing');
  else if (stat.isDirectory()) for (const name of readdirSync(path).sort()) add(hash, join(path, name));
  else if (stat.isSymbolicLink()) hash.update(readlinkSync(path));
  else hash.update(readFileSync(path));
  hash.update('\0');
}

/**
 * Does `work` unless the stamp `file` says that it was done for this very `key`. The stamp goes before the work starts and
 * comes back after it succeeded, so work that was cut off is done again.
 *
 * @returns whether there was work to do
 */
export async function once(file, key, work) {
  if (stampOf(file) === key) return false;
  rmSync(file, { force: true });
  await work();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, key);
  return true;
}

/** What a stamp says; `undefined` without one. */
export function stampOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
