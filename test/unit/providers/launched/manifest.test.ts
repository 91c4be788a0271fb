import { describe, expect, test } from 'vitest';
import type { WorkdirEntry, WorkdirFiles } from '../../../../src/node/workdirFiles';
import {
  difference,
  manifestOf,
  packMarks,
  unpackMarks,
} from '../../../../src/providers/launched/manifest';

const file = (
  path: string,
  change: { bytes?: number; modifiedAt?: number; mode?: number } = {},
): WorkdirEntry => ({
  kind: 'file',
  path,
  bytes: 3,
  modifiedAt: 1_600_000_000_123.5,
  mode: 0o644,
  ...change,
});
const folder = (path: string): WorkdirEntry => ({ kind: 'folder', path });
const link = (path: string, target: string): WorkdirEntry => ({ kind: 'link', path, target });
const listed = (...entries: WorkdirEntry[]): WorkdirFiles => ({ root: '/work', entries, files: 1, bytes: 3 });
const paths = (entries: readonly { readonly path: string }[]) => entries.map(({ path }) => path);

describe('the version of a folder', () => {
  const base = [folder('sub'), file('sub/a'), link('l', 'sub/a')];
  const version = manifestOf(listed(...base)).version;

  test('does not depend on the order in which it was listed', () => {
    expect(manifestOf(listed(...base.toReversed())).version).toBe(version);
  });

  test.each([
    ['a size', [folder('sub'), file('sub/a', { bytes: 4 }), link('l', 'sub/a')]],
    [
      'a time, by less than a second',
      [folder('sub'), file('sub/a', { modifiedAt: 1_600_000_000_124 }), link('l', 'sub/a')],
    ],
    ['a mode', [folder('sub'), file('sub/a', { mode: 0o755 }), link('l', 'sub/a')]],
    ['where a link leads', [folder('sub'), file('sub/a'), link('l', 'sub')]],
    ['a kind', [folder('sub'), file('sub/a'), folder('l')]],
    ['a name', [folder('sub'), file('sub/b'), link('l', 'sub/a')]],
    ['one more, empty folder', [...base, folder('empty')]],
  ])('changes with %s', (_what, entries) => {
    expect(manifestOf(listed(...entries)).version).not.toBe(version);
  });

  test('can’t be had by names that hold what separates others', () => {
    const one = manifestOf(listed(link('a', 'b c'))).version;
    expect(manifestOf(listed(link('a b', 'c'))).version).not.toBe(one);
  });
});

test('a list of it takes a line for the folder, for each entry, and for each newline in a name', () => {
  expect(manifestOf(listed(folder('d'), file('d/new\nline\n'), file('b'))).lines).toBe(6);
});

test('a single file has a path of its own, whatever it is called', () => {
  const manifest = manifestOf(listed(file('')));
  expect(manifest.what).toBe('file');
  expect(manifest.entries).toMatchObject([{ kind: 'file', path: 'file', source: '/work' }]);
});

describe('the difference', () => {
  test('is all of it where nothing is there', () => {
    const wanted = manifestOf(listed(folder('d'), file('d/a')));
    const { send, remove } = difference(new Map(), wanted);
    expect([paths(send), remove]).toEqual([['d', 'd/a'], []]);
  });

  test('is nothing where the same is there', () => {
    const wanted = manifestOf(listed(folder('d'), file('d/a')));
    expect(difference(wanted.marks, wanted)).toEqual({ send: [], remove: [] });
  });

  test('removes what is gone or changed first, and sends what is new or changed, folders before what is in them', () => {
    const there = manifestOf(listed(file('changed'), file('gone'), file('kept'), file('now-folder')));
    const wanted = manifestOf(
      listed(file('changed', { bytes: 9 }), file('kept'), folder('now-folder'), file('now-folder/x')),
    );
    const { send, remove } = difference(there.marks, wanted);
    expect(remove).toEqual(['changed', 'gone', 'now-folder']);
    expect(paths(send)).toEqual(['changed', 'now-folder', 'now-folder/x']);
  });
});

describe('what lies on the host', () => {
  test('comes back as it was, whatever the names', () => {
    const { marks } = manifestOf(
      listed(file('new\nline "q" \\ é 🎉'), file('__proto__'), link('l', '\u0001')),
    );
    expect(unpackMarks(packMarks(marks))).toEqual(marks);
  });

  test.each([
    ['is cut off', packMarks(manifestOf(listed(file('a'))).marks).subarray(0, -5)],
    ['is nothing', new Uint8Array(0)],
    ['is something else', Buffer.from('no gzip')],
  ])('is not believed where it %s', (_what, bytes) => {
    expect(unpackMarks(bytes)).toBeUndefined();
  });
});
