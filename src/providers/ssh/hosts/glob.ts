import { readdir, stat } from 'node:fs/promises';
import { join, parse, sep } from 'node:path';
import { isSystemError } from '../../../node/files';

/** The paths that an absolute pattern with `*`, `?` and `[…]` means, in the order of their names; those that exist. */
export async function glob(pattern: string): Promise<readonly string[]> {
  const { root } = parse(pattern);
  let found = [root];
  for (const part of pattern
    .slice(root.length)
    .split(sep === '\\' ? /[\\/]/ : sep)
    .filter(Boolean)) {
    found = (await Promise.all(found.map((folder) => step(folder, part)))).flat();
  }
  return found;
}

async function step(folder: string, part: string): Promise<string[]> {
  if (!/[*?[\\]/.test(part)) {
    const path = join(folder, part);
    return (await exists(path)) ? [path] : [];
  }
  const expression = new RegExp(`^${expressionOf(part)}$`, 's');
  const names = await readdir(folder).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  });
  // As in a shell, a name that begins with a dot is only meant by a pattern that does.
  return names
    .filter((name) => expression.test(name) && (part.startsWith('.') || !name.startsWith('.')))
    .sort()
    .map((name) => join(folder, name));
}

function expressionOf(part: string): string {
  return part.replace(
    /\\(.)|\[([!^]?)(\]?[^\]]*)\]|(.)/gs,
    (_, escaped?: string, not?: string, set?: string, one?: string) => {
      if (escaped !== undefined) return literal(escaped);
      if (set !== undefined) return `[${not === '' ? '' : '^'}${set.replaceAll(/[\\\]^]/g, '\\$&')}]`;
      return one === '*' ? '.*' : one === '?' ? '.' : literal(one ?? '');
    },
  );
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
