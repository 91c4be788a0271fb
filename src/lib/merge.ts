/** Several streams as one, each item as soon as it comes. An error of one ends them all. */
export async function* merge<T>(sources: readonly AsyncIterable<T>[]): AsyncIterable<T> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const next = (index: number) => {
    const iterator = iterators[index];
    return iterator ? iterator.next().then((result) => ({ index, result })) : undefined;
  };
  const waiting = new Map(iterators.map((_, index) => [index, next(index)]));
  try {
    while (waiting.size > 0) {
      const first = await Promise.race(waiting.values());
      if (!first) return;
      if (first.result.done) {
        waiting.delete(first.index);
      } else {
        yield first.result.value;
        waiting.set(first.index, next(first.index));
      }
    }
  } finally {
    for (const index of waiting.keys()) void iterators[index]?.return?.();
  }
}
