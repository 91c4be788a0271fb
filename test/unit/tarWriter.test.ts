import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tar, type TarEntry } from '../../src/node/tarWriter';
import { unpackTar } from '../../src/node/unpackTar';

const never = new AbortController().signal;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-tar-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function packed(entries: Iterable<TarEntry>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_000)
    yield await Promise.resolve(bytes.subarray(at, at + 10_000));
}

/** As the host's tar does it. */
function extracted(bytes: Buffer, ...program: readonly string[]): string {
  const to = mkdtempSync(join(folder, 'out-'));
  const [name = 'tar', ...words] = program;
  execFileSync(name, [...words, '-C', to, '-xpof', '-'], { input: bytes });
  return to;
}

test('any names, contents and links come out of tar as they went in', async () => {
  const part = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((text) => {
    return (
      !/[/\0]/.test(text) &&
      text !== '.' &&
      text !== '..' &&
      Buffer.byteLength(text) < 200 &&
      Buffer.from(text).toString() === text
    );
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(part, part, part), { maxLength: 8, selector: ([a]) => a.normalize() }),
      async (names) => {
        const entries = names.flatMap(([a, b, target]): TarEntry[] => [
          { kind: 'folder', path: a },
          { kind: 'text', path: `${a}/${b}`, text: `content of ${b}` },
          { kind: 'link', path: `${a}/${b}.link`.slice(0, 100), target },
        ]);
        const to = extracted(await packed(entries));
        for (const [a, b, target] of names) {
          expect(readFileSync(join(to, a, b), 'utf8')).toBe(`content of ${b}`);
          expect(readlinkSync(join(to, `${a}/${b}.link`.slice(0, 100)))).toBe(target);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test.each([['tar'], ['busybox', 'tar']])(
  '%s reads files of all sizes with their modes and times',
  async (...program) => {
    const sizes = [0, 1, 511, 512, 513, 262_144, 262_145, 3_000_000];
    const entries = sizes.map((bytes): TarEntry => {
      const source = join(folder, `in-${bytes}`);
      writeFileSync(source, Buffer.alloc(bytes, bytes % 251));
      return {
        kind: 'file',
        path: `${'deep/'.repeat(40)}${bytes}`,
        source,
        bytes,
        modifiedAt: 1_600_000_000_500,
        mode: 0o751,
      };
    });
    const to = extracted(await packed(entries), ...program);
    for (const bytes of sizes) {
      const path = join(to, 'deep/'.repeat(40), String(bytes));
      expect(readFileSync(path).equals(Buffer.alloc(bytes, bytes % 251))).toBe(true);
      expect(statSync(path)).toMatchObject({ mode: 0o100751, mtimeMs: 1_600_000_000_000 });
    }
  },
);

test('100,000 names go through in a moment', async () => {
  const entries = Array.from({ length: 100_000 }, (_, index): TarEntry => ({
    kind: 'folder',
    path: `folder-${index}`,
  }));
  expect((await packed(entries)).length).toBe((100_000 + 2) * 512);
});

test('a file that is gone or has shrunk keeps the tar whole, and is told', async () => {
  writeFileSync(join(folder, 'short'), 'abc');
  const told: string[] = [];
  const of = (path: string, bytes: number): TarEntry => ({
    kind: 'file',
    path,
    source: join(folder, path),
    bytes,
    modifiedAt: 0,
    mode: 0o600,
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar([of('short', 10), of('gone', 5), of('large', 300_000)], ({ path }) =>
    told.push(path),
  ))
    chunks.push(chunk);
  expect(told).toEqual(['short', 'gone', 'large']);
  expect(readdirSync(extracted(Buffer.concat(chunks))).sort()).toEqual(['gone', 'large', 'short']);
});

test('of what comes from elsewhere files and folders come out, and links do not', async () => {
  const to = join(folder, 'to');
  mkdirSync(to);
  const bytes = await packed([
    { kind: 'folder', path: 'model' },
    { kind: 'text', path: 'model/a', text: 'a', mode: 0o4777 },
    { kind: 'link', path: 'model/link', target: '/etc' },
    { kind: 'text', path: 'model/link/b', text: 'b' },
  ]);
  await unpackTar(pieces(bytes), to, never);
  expect(readdirSync(join(to, 'model')).sort()).toEqual(['a', 'link']);
  expect(statSync(join(to, 'model', 'link')).isDirectory()).toBe(true);
  expect(statSync(join(to, 'model', 'a')).mode & 0o7000).toBe(0);
});

test.each(['../out', 'a/../../out', '/tmp/trainyard-out', 'C:\\out', 'a/..'])(
  '%s is refused',
  async (path) => {
    const to = join(folder, 'to');
    mkdirSync(to);
    const bytes = await packed([{ kind: 'text', path, text: 'owned' }]);
    await expect(unpackTar(pieces(bytes), to, never)).rejects.toMatchObject({ kind: 'invalid' });
    expect(readdirSync(folder)).toEqual(['to']);
    expect(readdirSync(to)).toEqual([]);
  },
);

test('a device is refused', async () => {
  const to = join(folder, 'to');
  mkdirSync(to);
  const bytes = await packed([{ kind: 'folder', path: 'null' }]);
  bytes.write('3', 156);
  const sum = bytes
    .subarray(0, 512)
    .reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  await expect(unpackTar(pieces(bytes), to, never)).rejects.toMatchObject({ kind: 'invalid' });
});
