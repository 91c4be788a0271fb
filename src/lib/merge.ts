/** Several streams as one, each item as soon as it comes. An error of one ends them all. */
export async function* merge<T>(sources: readonly AsyncIterable<T>[]): AsyncIterable<T> {
  const waiting = new Map<AsyncIterator<T>, Promise<Arrival<T>>>();
  for (const source of sources) {
    const iterator = source[Symbol.asyncIterator]();
    waiting.set(iterator, arrival(iterator));
  }
  try {
    while (waiting.size > 0) {
      const { iterator, result } = await Promise.race(waiting.values());
      if (result.done) {
        waiting.delete(iterator);
      } else {
        yield result.value;
        waiting.set(iterator, arrival(iterator));
      }
    }
  } finally {
    for (const iterator of waiting.keys()) void iterator.return?.();
  }
}

interface Arrival<T> {
  readonly iterator: AsyncIterator<T>;
  readonly result: IteratorResult<T>;
}

async function arrival<T>(iterator: AsyncIterator<T>): Promise<Arrival<T>> {
  return { iterator, result: await iterator.next() };
}
