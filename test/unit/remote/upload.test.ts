import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { tar, type TarEntry } from '../../../src/node/tarWriter';
import { shells, type Shell } from './launchedJob';

/** What the scripts start besides the shell and awk: where that is busybox's, these are too. */
const programs = [
  'tar',
  'find',
  'cp',
  'xargs',
  'ls',
  'grep',
  'head',
  'wc',
  'mv',
  'rm',
  'mkdir',
  'rmdir',
  'touch',
  'cat',
];

class Host {
  readonly home: string;
  private readonly bin: string;

  constructor(
    private readonly shell: Shell,
    test: TestContext,
  ) {
    const root = mkdtempSync(join(tmpdir(), 'trainyard-host-'));
    test.onTestFinished(() => {
      rmSync(root, { recursive: true, force: true });
    });
    this.home = join(root, 'home');
    this.bin = join(root, 'bin');
    for (const folder of [this.home, this.bin]) mkdirSync(folder);
    if (shell.name === 'busybox')
      for (const name of programs) symlinkSync(join(shell.bin, 'sh'), join(this.bin, name));
  }

  run(script: string, words: readonly string[], input: Uint8Array | string = '') {
    const PATH = [this.shell.bin, this.bin, process.env.PATH].join(delimiter);
    const { status, stdout, stderr } = spawnSync('sh', [resolve('src/remote', script), ...words], {
      env: { HOME: this.home, PATH },
      input,
    });
    return { code: status, stdout: stdout.toString(), stderr: stderr.toString() };
  }

  bring(version: string, count: number, input: Uint8Array | string = '') {
    return this.run('upload.sh', ['bring', 'key', version, String(count)], input);
  }

  path(...parts: string[]): string {
    return join(this.home, '.trainyard', ...parts);
  }

  versions(): string[] {
    const folder = this.path('workdirs', 'key');
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }
}

async function packed(files: Record<string, string>, removed?: readonly string[]): Promise<Uint8Array> {
  const entries: TarEntry[] = [
    ...(removed
      ? [{ kind: 'text' as const, path: 'removed', text: removed.map((path) => `./${path}\0`).join('') }]
      : []),
    { kind: 'folder', path: 'files', mode: 0o755 },
    ...Object.entries(files).map(([path, text]) => ({ kind: 'text' as const, path: `files/${path}`, text })),
    { kind: 'text', path: 'manifest', text: `of ${Object.keys(files).join()}` },
  ];
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.each(shells)('what a host keeps of a folder, with $name,', (shell) => {
  it('is all of it at first, and then what is not there', async (test) => {
    const host = new Host(shell, test);
    expect(host.bring('one', 4, await packed({ a: '1', b: '2', '-z\nq\'"$x': '3' }))).toMatchObject({
      code: 65,
    });
    expect(host.versions()).toEqual([]);
    const odd = '-z\nq\'"$x';
    expect(host.bring('one', 5, await packed({ a: '1', b: '2', [odd]: '3' }))).toMatchObject({
      code: 0,
      stdout: 'none\n',
    });
    expect(host.bring('one', 5)).toMatchObject({ code: 0, stdout: 'same\n' });
    const changed = await packed({ b: 'new' }, ['b', odd]);
    const base = `of a,b,${odd}`;
    expect(host.bring('two', 3, changed)).toMatchObject({
      code: 0,
      stdout: `base ${base.length}\n${base}`,
      stderr: '',
    });
    const of = (version: string, name: string) => host.path('workdirs', 'key', version, 'files', name);
    expect(readdirSync(of('two', '.')).sort()).toEqual(['a', 'b']);
    expect(readdirSync(of('one', '..')).sort()).toEqual(['files', 'manifest']);
    expect(readdirSync(of('two', '..')).sort()).toEqual(['files', 'manifest']);
    expect(readFileSync(of('two', 'b'), 'utf8')).toBe('new');
    expect(readFileSync(of('one', 'b'), 'utf8')).toBe('2');
    expect(statSync(of('two', 'a')).ino).toBe(statSync(of('one', 'a')).ino);
    expect(statSync(of('two', '.')).mode & 0o777).toBe(0o755);
  });

  it('is replaced where the other’s manifest could not be read, and nothing of that is in it', async (test) => {
    const host = new Host(shell, test);
    host.bring('one', 3, await packed({ a: '1', b: '2' }));
    expect(host.bring('two', 2, await packed({ c: '3' })).code).toBe(0);
    expect(readdirSync(host.path('workdirs', 'key', 'two')).sort()).toEqual(['files', 'manifest']);
    expect(readdirSync(host.path('workdirs', 'key', 'two', 'files'))).toEqual(['c']);
  });

  it('is never what was torn off anywhere', async (test) => {
    const host = new Host(shell, test);
    host.bring('one', 3, await packed({ a: '1', b: '2' }));
    const whole = await packed({ b: 'x'.repeat(600) }, ['b']);
    for (let end = 0; end < whole.length - 1024; end += 512) {
      expect(host.bring('two', 3, whole.subarray(0, end)).code).not.toBe(0);
      expect(host.versions()).toEqual(['one']);
    }
    expect(host.bring('two', 3, whole).code).toBe(0);
  });

  it('is not trusted after somebody was in it', async (test) => {
    const host = new Host(shell, test);
    host.bring('one', 3, await packed({ a: '1', b: '2' }));
    rmSync(host.path('workdirs', 'key', 'one', 'files', 'a'));
    // As what others start from: found out at their end.
    expect(host.bring('two', 4, await packed({ c: '3' }, [])).code).toBe(65);
    expect(host.versions()).toEqual([]);
    host.bring('one', 3, await packed({ a: '1', b: '2' }));
    rmSync(host.path('workdirs', 'key', 'one', 'files', 'a'));
    // As what is asked for.
    expect(host.bring('one', 3, await packed({ a: '1', b: '2' }))).toMatchObject({
      code: 0,
      stdout: 'none\n',
    });
  });
});

describe.each(shells)('jobs that a submission left, with $name,', (shell) => {
  it('go once nobody can come back to them', (test) => {
    const host = new Host(shell, test);
    const make = (job: string) => host.run('host.sh', ['make', job, '0'], new Uint8Array(1024));
    const aged = (job: string, days: number) => {
      const then = Date.now() / 1000 - days * 86_400;
      utimesSync(host.path('jobs', job), then, then);
    };
    for (const job of ['cut', 'young', 'given', 'fresh'])
      expect(make(job)).toMatchObject({ code: 0, stdout: 'none\n' });
    for (const job of ['given', 'fresh'])
      expect(host.run('host.sh', ['settle', job]).stdout).toBe('aborted -\n');
    aged('cut', 8);
    aged('young', 6);
    aged('given', 2);
    make('next');
    expect(readdirSync(host.path('jobs')).sort()).toEqual(['cut', 'fresh', 'next', 'young']);
    expect(readdirSync(host.path('jobs', 'cut'))).toEqual(['claim']);
    expect(host.run('host.sh', ['settle', 'cut']).stdout).toBe('aborted -\n');
    aged('cut', 2);
    make('last');
    expect(readdirSync(host.path('jobs')).sort()).toEqual(['fresh', 'last', 'next', 'young']);
    expect(make('fresh').stdout).toBe('aborted\n');
  });
});
