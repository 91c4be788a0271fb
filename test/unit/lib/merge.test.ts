import { expect, test } from 'vitest';
import { merge } from '../../../src/lib/merge';

async function* of<T>(...items: T[]) {
  for (const item of items) yield await Promise.resolve(item);
}

const all = async <T>(source: AsyncIterable<T>) => {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
};

test('every item of every source comes once, in the order of its source', async () => {
  const items = await all(merge([of(1, 2, 3), of(10, 20), of<number>()]));
  expect(items.filter((item) => item < 10)).toEqual([1, 2, 3]);
  expect(items.filter((item) => item >= 10)).toEqual([10, 20]);
  expect(items).toHaveLength(5);
});

test('a source that waits does not hold back another', async () => {
  let release: () => void = () => undefined;
  async function* waits() {
    await new Promise<void>((resolve) => (release = resolve));
    yield 'late';
  }
  const seen: string[] = [];
  for await (const item of merge([waits(), of('early')])) {
    seen.push(item);
    release();
  }
  expect(seen).toEqual(['early', 'late']);
});

test('the error of one source ends the whole, and the others are closed', async () => {
  let closed = false;
  async function* endless() {
    try {
      for (;;) yield await Promise.resolve(1);
    } finally {
      closed = true;
    }
  }
  async function* broken(): AsyncIterable<number> {
    yield await Promise.reject<number>(new Error('cut'));
  }
  await expect(all(merge([endless(), broken()]))).rejects.toThrow('cut');
  await Promise.resolve();
  expect(closed).toBe(true);
});

test('no sources end at once', async () => {
  expect(await all(merge([]))).toEqual([]);
});
