/**
 * A reading that is asked for more often than it can be done: one at a time, and once more after it when it was asked for
 * meanwhile, so that the newest is always shown. It stops when `wanted` says no.
 */
export function oneAtATime(read: () => Promise<void>, wanted: () => boolean): () => void {
  let busy = false;
  let again = false;
  const work = async () => {
    while (again && wanted()) {
      again = false;
      await read();
    }
    busy = false;
  };
  return () => {
    again = true;
    if (busy) return;
    busy = true;
    void work();
  };
}
