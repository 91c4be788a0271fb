import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createExclusive,
  doomedFolders,
  isInside,
  jailedPath,
  removeFolder,
  writeAtomic,
} from '../../../src/node/files';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trainyard-files-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('an atomic write replaces the whole file, is private, and leaves nothing else', async () => {
  const path = join(root, 'a');
  await writeAtomic(path, 'one');
  await writeAtomic(path, 'two');
  expect(await readFile(path, 'utf8')).toBe('two');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(root)).toEqual(['a']);
  await expect(writeAtomic(join(root, 'missing', 'a'), 'x')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('of many who make a file at once one wins, and its text is whole', async () => {
  const path = join(root, 'claim');
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, index) => createExclusive(path, `by ${index}\n`)),
  );
  expect(made.filter(Boolean).length).toBe(1);
  expect(await readFile(path, 'utf8')).toBe(`by ${made.indexOf(true)}\n`);
  expect(await readdir(root)).toEqual(['claim']);
});

test('a path stays inside its root, through links and dots', async () => {
  await mkdir(join(root, 'jail', 'deep'), { recursive: true });
  await writeFile(join(root, 'secret'), '');
  await symlink(root, join(root, 'jail', 'up'));
  await symlink(join(root, 'nowhere'), join(root, 'jail', 'dangling'));
  await symlink('deep', join(root, 'jail', 'inside'));
  const jail = join(root, 'jail');
  for (const fine of ['a', 'deep/a/b', './deep', 'inside/a', 'deep/../a', '..a', ''])
    expect(await jailedPath(jail, fine), fine).toBe(join(jail, fine));
  for (const out of [
    '..',
    '../secret',
    '/etc/passwd',
    'up/secret',
    'up',
    'deep/../../x',
    'dangling',
    'dangling/x',
    'a\0b',
    'C:\\x',
  ])
    expect(await jailedPath(jail, out), out).toBeUndefined();
});

test('no path at all leads out', async () => {
  const part = fc.constantFrom('..', '.', '', 'a', 'b', '...', '/', '~');
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
      const path = await jailedPath(root, parts.join('/'));
      expect(path === undefined || isInside(root, path)).toBe(true);
    }),
  );
});

test('a folder goes at once, and what a crash leaves of it is found with its name', async () => {
  const folder = join(root, 'job-abcdef');
  await mkdir(join(folder, 'deep'), { recursive: true });
  let during: string[] = [];
  await removeFolder(folder, async () => {
    during = await readdir(root);
  });
  expect(during).not.toContain('job-abcdef');
  expect(during.length).toBe(1);
  expect(await readdir(root)).toEqual([]);
  let called = false;
  await removeFolder(folder, () => {
    called = true;
  });
  expect(called).toBe(true);

  await mkdir(folder);
  await expect(
    removeFolder(folder, () => {
      throw new Error('killed here');
    }),
  ).rejects.toThrow('killed here');
  const [left] = await doomedFolders(root);
  expect(left?.name).toBe('job-abcdef');
});
