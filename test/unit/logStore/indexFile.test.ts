import { existsSync } from 'node:fs';
import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { everyLine, type LineFilter } from '../../../src/core/lineClass';
import { Disposables } from '../../../src/lib/disposables';
import { FileBytes } from '../../../src/node/fileBytes';
import { IndexFile } from '../../../src/services/logStore/indexFile';
import { LineIndex } from '../../../src/services/logStore/lineIndex';
import { LineScanner } from '../../../src/services/logStore/lineScanner';
import { LogStore } from '../../../src/services/logStore/logStore';
import { workersFolder } from '../../fakes/workers';
import { LogFolder, until } from './logFolder';

const held = new Disposables();
afterEach(() => {
  held.dispose();
});

/** 20 MB: lines of all lengths, some with levels and ranks, and a last one without its newline. */
const text = (() => {
  const lines = Array.from({ length: 180_000 }, (_, i) => {
    const words = i % 1000 === 0 ? '[rank3]: ERROR ' : i % 7 === 0 ? 'INFO ' : '';
    return `${words}${i} ${'x'.repeat(i % 211)}`;
  });
  return Buffer.from(`${lines.join('\n')}\ntorn`);
})();

async function logWithIndex() {
  const folder = held.add(await LogFolder.make(1));
  await folder.write(text);
  const log = held.add(new FileBytes(folder.path(0)));
  const index = new LineIndex();
  index.append(new LineScanner().push(new Uint8Array(text)));
  const file = new IndexFile(log);
  await file.save(index);
  return { folder, path: folder.path(0), index, file };
}

function whole(index: LineIndex) {
  const errors: number[] = [];
  const filter: LineFilter = { ...everyLine, level: 'error' };
  index.select(filter, 0, index.count, (first, count) => errors.push(first, count));
  const ends = Array.from({ length: index.whole }, (_, line) => index.end(line));
  return { ends, errors, marked: [...index.errors.toArray()], ranks: index.ranks };
}

test('a saved index is the same when it is loaded, and goes on from its last whole line', async () => {
  const { index, file } = await logWithIndex();
  const loaded = await file.load();
  if (!loaded) throw new Error('was not loaded');
  expect(whole(loaded)).toEqual(whole(index));
  expect(loaded.levelCount('error')).toBe(180);
  expect(loaded.bytes).toBe(text.length - 4);
  loaded.append(new LineScanner().push(new Uint8Array(Buffer.from('torn\nWARN next\n'))));
  expect([loaded.count, loaded.end(180_000) - loaded.start(180_000)]).toEqual([180_002, 4]);
  // What it was saved from is not changed by that.
  expect(index.count).toBe(180_001);
});

test.each<[string, (path: string) => Promise<void>]>([
  ['the log is another one', (path) => writeFile(path, Buffer.alloc(30 << 20, 'y'))],
  ['the log is shorter', (path) => truncate(path, 17 << 20)],
  [
    'it is cut off',
    async (path) => writeFile(`${path}.index`, (await readFile(`${path}.index`)).subarray(0, 5000)),
  ],
  ['it is garbage', (path) => writeFile(`${path}.index`, Buffer.alloc(5000, 0xff))],
  ['it is empty', (path) => writeFile(`${path}.index`, '')],
])('an index is not believed when %s', async (_, harm) => {
  const { path, file } = await logWithIndex();
  await harm(path);
  expect(await file.load()).toBeUndefined();
});

test('a long log that was looked at is there at once the next time, with what was written since', async () => {
  const folder = held.add(await LogFolder.make(1));
  await folder.write(text);
  const first = await new LogStore(folder, folder.connections, workersFolder).open(folder.job, 0);
  await first.settled();
  first.dispose();
  await expect.poll(() => existsSync(`${folder.path(0)}.index`)).toBe(true);
  await appendFile(folder.path(0), ' no more\nlast\n');
  folder.become('succeeded');
  const again = held.add(await new LogStore(folder, folder.connections, workersFolder).open(folder.job, 0));
  await until(again, () => again.ended);
  expect(again.lineCount()).toBe(180_002);
  expect((await again.lines(179_999, 3)).map((line) => line.text.slice(-8))).toEqual([
    'xxxxxxxx',
    ' no more'.slice(-8),
    'last',
  ]);
  expect(again.summary.errors).toBe(180);
});
