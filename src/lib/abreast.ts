/** Does `work` for each item, `width` of them at a time. After a failure nothing new begins, and the first one is thrown once all rest. */
export async function abreast<T>(
  width: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  let failed = false;
  const lane = async () => {
    for (const item of rest) {
      if (failed) return;
      await work(item);
    }
  };
  // All lanes come to rest before anyone cleans up after them.
  const ends = await Promise.allSettled(
    Array.from({ length: width }, () =>
      lane().catch((error: unknown) => {
        failed = true;
        throw error;
      }),
    ),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
