import { execFileSync } from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CancelledError } from '../../../src/core/errors';
import { copyFiles } from '../../../src/node/copyFiles';
import { workdirFiles } from '../../../src/node/workdirFiles';

const never = new AbortController().signal;
let root = '';
let from = '';
let to = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trainyard-copy-'));
  from = join(root, 'from');
  to = join(root, 'to');
  await mkdir(from);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const list = (path = from) => workdirFiles(path, 'workdir', { signal: never });

test('contents, modes, times, links and empty folders come along', async () => {
  await mkdir(join(from, 'deep/empty'), { recursive: true });
  await writeFile(join(from, 'deep/run me'), '#!/bin/sh\n');
  await chmod(join(from, 'deep/run me'), 0o755);
  await utimes(join(from, 'deep/run me'), 1_000_000, 1_000_000);
  await symlink('deep', join(from, 'link'));
  await symlink('../outside', join(from, 'out'));
  const told: number[] = [];
  await copyFiles(await list(), to, { signal: never, onProgress: (bytes) => told.push(bytes) });
  const copied = await stat(join(to, 'deep/run me'));
  expect(copied.mode & 0o777).toBe(0o755);
  expect(copied.mtimeMs).toBe(1_000_000_000);
  expect(await readFile(join(to, 'link/run me'), 'utf8')).toBe('#!/bin/sh\n');
  expect(await readlink(join(to, 'link'))).toBe('deep');
  expect(await readlink(join(to, 'out'))).toBe(join(root, 'outside'));
  expect(await readdir(join(to, 'deep/empty'))).toEqual([]);
  expect(told.at(-1)).toBe(10);
});

test('a single file goes to the very path, and folders are merged', async () => {
  await writeFile(join(from, 'a'), '1');
  await mkdir(to);
  await writeFile(join(to, 'b'), '2');
  await copyFiles(await list(), to, { signal: never });
  expect((await readdir(to)).sort()).toEqual(['a', 'b']);
  const target = join(to, 'deep/new name');
  await copyFiles(await list(join(from, 'a')), target, { signal: never });
  expect(await readFile(target, 'utf8')).toBe('1');
});

test('a file that went away since it was listed is left out', async () => {
  await writeFile(join(from, 'a'), '1');
  await writeFile(join(from, 'b'), '2');
  const files = await list();
  await rm(join(from, 'a'));
  await copyFiles(files, to, { signal: never });
  expect(await readdir(to)).toEqual(['b']);
});

test('a cancel is heard in the middle of one large file', async () => {
  await writeFile(join(from, 'large'), '');
  await truncate(join(from, 'large'), 3e9);
  const cancel = new AbortController();
  const before = performance.now();
  const copying = copyFiles(await list(), to, { signal: cancel.signal });
  setTimeout(() => {
    cancel.abort();
  }, 50);
  await expect(copying).rejects.toBeInstanceOf(CancelledError);
  expect(performance.now() - before).toBeLessThan(2000);
});

test('two things in the same place are an error that names it', async () => {
  await mkdir(join(from, 'a'));
  await mkdir(to);
  await writeFile(join(to, 'a'), 'a file');
  await expect(copyFiles(await list(), to, { signal: never })).rejects.toMatchObject({ kind: 'invalid' });
});

const mountable = process.getuid?.() === 0 && process.platform === 'linux';
test.skipIf(!mountable)(
  'a full disk is an error that says so (needs root, for a small tmpfs)',
  async (context) => {
    await writeFile(join(from, 'a'), Buffer.alloc(500_000));
    await mkdir(dirname(join(to, 'x')));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', to], { stdio: 'ignore' });
    } catch {
      context.skip('tmpfs can not be mounted here');
    }
    try {
      await expect(copyFiles(await list(), to, { signal: never })).rejects.toMatchObject({
        kind: 'unavailable',
        message: `The disk is full. Make room and try again: ${to}`,
      });
    } finally {
      execFileSync('umount', ['-l', to]);
    }
  },
);
