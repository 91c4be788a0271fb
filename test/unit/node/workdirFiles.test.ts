import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CancelledError } from '../../../src/core/errors';
import { workdirFiles } from '../../../src/node/workdirFiles';

const never = new AbortController().signal;
let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trainyard-workdir-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Files by path; their text is their content. */
async function make(files: Record<string, string>, base = root): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(base, path)), { recursive: true });
    await writeFile(join(base, path), text);
  }
}

async function kept(folder = root): Promise<string[]> {
  const { entries } = await workdirFiles(folder, 'workdir', { signal: never });
  return entries
    .filter((entry) => entry.kind !== 'folder')
    .map((entry) => entry.path)
    .sort();
}

test('everything goes along where nothing says otherwise, hidden files and .git too, with its size', async () => {
  await make({ 'a.py': '12345', 'deep/er/b': '123', '.hidden': '', '.git/HEAD': 'ref', 'empty/.keep': '' });
  await mkdir(join(root, 'really empty'));
  const found = await workdirFiles(root, 'workdir', { signal: never });
  expect(found).toMatchObject({ files: 5, bytes: 11 });
  expect(
    found.entries
      .filter((entry) => entry.kind === 'folder')
      .map((entry) => entry.path)
      .sort(),
  ).toEqual(['.git', 'deep', 'deep/er', 'empty', 'really empty']);
});

test('.gitignore counts at every depth, with git’s meaning', async () => {
  await make({
    '.gitignore': '*.log\n/data\nbuild/\n!keep.log\n\\#odd\ntrailing \\ \n',
    'a.log': '',
    'keep.log': '',
    'data/x': '',
    'sub/data/x': '',
    'sub/build/y': '',
    'sub/build.txt': '',
    'sub/.gitignore': '*.txt\n!build.txt\n',
    'sub/b.txt': '',
    'other/b.txt': '',
    '#odd': '',
    'A.LOG': '',
  });
  expect(await kept()).toEqual(
    [
      '.gitignore',
      'A.LOG',
      'keep.log',
      'other/b.txt',
      'sub/.gitignore',
      'sub/build.txt',
      'sub/data/x',
    ].sort(),
  );
});

test('git itself agrees, over every file that it does not track', async () => {
  await make({
    '.gitignore': '*.o\n!/keep.o\ndoc/**/*.html\n**/cache/\n/only-here\n[ab].txt\nfoo/*\n!foo/bar/\n',
    'keep.o': '',
    'x.o': '',
    'lib/keep.o': '',
    'doc/a.html': '',
    'doc/x/y/b.html': '',
    'cache/c': '',
    'p/cache/c': '',
    'only-here': '',
    'p/only-here': '',
    'a.txt': '',
    'c.txt': '',
    'foo/a': '',
    'foo/bar/b': '',
    'foo/bar/c.o': '',
    'p/.gitignore': '!x.o\nlocal\n',
    'p/x.o': '',
    'p/local': '',
    'q/local': '',
  });
  execFileSync('git', ['init', '-q', root]);
  await writeFile(join(root, '.git', 'info', 'exclude'), 'q/local\n');
  const git = execFileSync('git', ['-C', root, 'ls-files', '-z', '--others', '--exclude-standard'], {
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
  });
  const wanted = git.toString().split('\0').filter(Boolean).sort();
  expect((await kept()).filter((path) => !path.startsWith('.git/'))).toEqual(wanted);
});

test('.skyignore takes the place of every .gitignore, at every depth', async () => {
  await make({
    '.skyignore': '*.bin\n/top\n',
    '.gitignore': '*.py\n',
    'a.py': '',
    'a.bin': '',
    'top/x': '',
    'sub/top/x': '',
    'sub/.gitignore': 'x\n',
    'sub/.skyignore': 'secret\n',
    'sub/secret': '',
    secret: '',
  });
  expect(await kept()).toEqual(
    ['.gitignore', '.skyignore', 'a.py', 'secret', 'sub/.gitignore', 'sub/.skyignore', 'sub/top/x'].sort(),
  );
});

test('in a part of a repository its rules above hold too, unless they ignore the whole part', async () => {
  execFileSync('git', ['init', '-q', root]);
  await make({
    '.gitignore': '*.tmp\n/project/data\n/ignored/\n',
    '.git/info/exclude': 'excluded\n',
    'project/a.tmp': '',
    'project/data/x': '',
    'project/excluded': '',
    'project/a.py': '',
    'ignored/a.tmp': '',
    'ignored/b': '',
  });
  expect(await kept(join(root, 'project'))).toEqual(['a.py']);
  expect(await kept(join(root, 'ignored'))).toEqual(['a.tmp', 'b']);
});

test('in a work tree of git the common excludes hold', async () => {
  const main = join(root, 'main');
  const git = (...words: string[]) =>
    execFileSync('git', ['-C', main, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words], {
      stdio: 'ignore',
    });
  execFileSync('git', ['init', '-q', main]);
  await make({ 'a.py': '' }, main);
  git('add', '.');
  git('commit', '-qm', 'one');
  git('worktree', 'add', join(root, 'tree'));
  await writeFile(join(main, '.git', 'info', 'exclude'), 'excluded\n');
  await make({ excluded: '', kept: '' }, join(root, 'tree'));
  expect(await kept(join(root, 'tree'))).toEqual(['.git', 'a.py', 'kept']);
});

test('a link goes along as a link, and says when it leads out', async () => {
  await make({ 'data/x': '1234' });
  await symlink('data', join(root, 'inside'));
  await symlink('/usr', join(root, 'outside'));
  await symlink('../elsewhere', join(root, 'above'));
  await symlink('loop', join(root, 'loop'));
  const { entries, bytes } = await workdirFiles(root, 'workdir', { signal: never });
  expect(entries.filter((entry) => entry.kind === 'link').sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual(
    [
      { kind: 'link', path: 'above', target: '../elsewhere', outside: join(dirname(root), 'elsewhere') },
      { kind: 'link', path: 'inside', target: 'data' },
      { kind: 'link', path: 'loop', target: 'loop' },
      { kind: 'link', path: 'outside', target: '/usr', outside: '/usr' },
    ],
  );
  expect(bytes).toBe(4);
});

test('sockets and pipes stay behind, and so does the folder that is excepted', async () => {
  await make({ a: '', 'home/db': '' });
  execFileSync('mkfifo', [join(root, 'pipe')]);
  const options = { except: join(root, 'home'), signal: never };
  expect((await workdirFiles(root, 'workdir', options)).entries.map((entry) => entry.path)).toEqual(['a']);
});

test('a single file is taken as it is, ignored or not', async () => {
  await make({ '.gitignore': '*', 'a.bin': '123' });
  expect(await workdirFiles(join(root, 'a.bin'), 'mount', { signal: never })).toMatchObject({
    files: 1,
    bytes: 3,
  });
});

test('what is not there is an error with its path and what to do', async () => {
  const path = join(root, 'missing');
  await expect(workdirFiles(path, 'workdir', { signal: never })).rejects.toMatchObject({
    kind: 'invalid',
    message: `The workdir does not exist. Create it, or mend the path in the job file: ${path}`,
  });
});

test.skipIf(process.getuid?.() === 0)(
  'what may not be read is an error with its path (not as root)',
  async () => {
    await make({ 'locked/x': '' });
    await chmod(join(root, 'locked'), 0);
    await expect(kept()).rejects.toMatchObject({ kind: 'invalid' });
    await chmod(join(root, 'locked'), 0o700);
  },
);

test('looking can be cancelled', async () => {
  await make(Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`${index}/a`, ''])));
  const cancel = new AbortController();
  const looking = workdirFiles(root, 'workdir', { signal: cancel.signal });
  setImmediate(() => {
    cancel.abort();
  });
  await expect(looking).rejects.toBeInstanceOf(CancelledError);
});
