import { afterEach, expect, test } from 'vitest';
import type { LogQuery } from '../../../src/core/logQuery';
import { Disposables } from '../../../src/lib/disposables';
import { mostHits, type LogSearch } from '../../../src/services/logStore/logSearch';
import { LogStore } from '../../../src/services/logStore/logStore';
import { workersFolder } from '../../fakes/workers';
import { LogFolder } from './logFolder';

const held = new Disposables();
afterEach(() => {
  held.dispose();
});

async function folderAndStore(nodes: number) {
  const folder = held.add(await LogFolder.make(nodes));
  return { folder, store: new LogStore(folder, folder.connections, workersFolder) };
}

const text = (words: string): LogQuery => ({ text: words, regex: false, caseSensitive: true });

/** Resolves when `there` holds, looked at after each change. */
async function until(search: LogSearch, there: () => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = () => {
      if (!there()) return;
      subscription.dispose();
      resolve();
    };
    const subscription = search.onDidChange(look);
    look();
  });
}

const hitsOf = (search: LogSearch, node: number) => {
  const list = search.hits.get(node);
  return Array.from({ length: list?.length ?? 0 }, (_, i) => list?.at(i));
};

test('finds each matching line of every node once, over many pieces, and those that come later', async () => {
  const { folder, store } = await folderAndStore(2);
  // 12 MB: three pieces, in which lines are of all lengths.
  const lines = Array.from(
    { length: 120_000 },
    (_, i) => `${i} ${'x'.repeat(i % 190)}${i % 997 === 0 ? ' needle' : ''}`,
  );
  await folder.write(`${lines.join('\n')}\n`, 0);
  await folder.write('needle\nhay\nneedle', 1);
  const search = held.add(await store.search(folder.job, text('needle')));
  const first = Array.from({ length: 121 }, (_, i) => i * 997);
  await until(search, () => search.done && search.total === 122);
  expect(hitsOf(search, 0)).toEqual(first);
  expect(hitsOf(search, 1)).toEqual([0]);
  expect(search.share).toBe(1);

  await folder.write('s are many\nneedle\n', 1);
  await until(search, () => search.total === 124);
  expect(hitsOf(search, 1)).toEqual([0, 2, 3]);
});

test('a last line without its newline counts when the job has ended', async () => {
  const { folder, store } = await folderAndStore(1);
  await folder.write('hay\nneedle');
  folder.become('failed');
  const search = held.add(await store.search(folder.job, text('needle')));
  await until(search, () => search.done && search.total === 1);
  expect(hitsOf(search, 0)).toEqual([1]);
});

test('a pattern that goes back and forth for ever is stopped, and says so', { timeout: 30_000 }, async () => {
  const { folder, store } = await folderAndStore(1);
  await folder.write(`${'a'.repeat(60)}b\n`);
  folder.become('succeeded');
  const search = held.add(
    await store.search(folder.job, { text: '^(a+)+$', regex: true, caseSensitive: true }),
  );
  await until(search, () => search.problem !== undefined);
  expect(search.problem).toMatch(/takes too long/);
  expect(search.done).toBe(true);
  // The next one goes on as if nothing had been.
  const next = held.add(await store.search(folder.job, text('ab')));
  await until(next, () => next.done && next.total === 1);
});

test('a pattern that is none says so and searches nothing', async () => {
  const { folder, store } = await folderAndStore(1);
  await folder.write('a(\n');
  const search = held.add(await store.search(folder.job, { text: 'a(', regex: true, caseSensitive: true }));
  expect(search.problem).toMatch(/not a regular expression/);
  expect(search.done).toBe(true);
});

test('stops where there are more hits than anybody steps through', async () => {
  const { folder, store } = await folderAndStore(1);
  await folder.write('a\n'.repeat(mostHits + 5000));
  folder.become('succeeded');
  const search = held.add(await store.search(folder.job, text('a')));
  await until(search, () => search.done && search.total > 0);
  expect(search.total).toBe(mostHits);
  expect(search.isFull).toBe(true);
});
