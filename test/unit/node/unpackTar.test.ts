import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { tarFiles } from '../../../src/node/tarFiles';
import { tar, type TarEntry } from '../../../src/node/tarWriter';
import { unpackTar } from '../../../src/node/unpackTar';

const never = new AbortController().signal;

async function bytesOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of tar(entries)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += 5000) yield bytes.subarray(at, at + 5000);
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'trainyard-unpack-'));
  onTestFinished(() => {
    rmSync(made, { recursive: true, force: true });
  });
  return made;
}

const file = (path: string, text = 'x'.repeat(20_000)): TarEntry => ({ kind: 'text', path, text });

it('a tar comes out as it went in, and only what is wanted', async () => {
  const to = folder();
  const wanted = (path: string) => !path.startsWith('b');
  await unpackTar(inPieces(await bytesOf([file('a/one', '1'), file('b/two')])), to, never, undefined, wanted);
  expect(readdirSync(to)).toEqual(['a']);
  expect(readFileSync(join(to, 'a/one'), 'utf8')).toBe('1');
});

it('a file that can’t be written is no file that is left out', async () => {
  const bytes = await bytesOf([file('a'), file('n'.repeat(300)), file('z')]);
  await expect(unpackTar(inPieces(bytes), folder(), never)).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
});

it('what is cut off within a file, or is none, is damaged', async () => {
  const bytes = await bytesOf([file('a'), file('b')]);
  for (const part of [bytes.subarray(0, 30_000), Buffer.alloc(3000, 'no tar')]) {
    await expect(unpackTar(inPieces(part), folder(), never)).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(tarFiles(inPieces(part), never)).rejects.toMatchObject({ kind: 'unavailable' });
  }
  expect(await tarFiles(inPieces(bytes), never)).toEqual([
    { path: 'a', bytes: 20_000 },
    { path: 'b', bytes: 20_000 },
  ]);
});
