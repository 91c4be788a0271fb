import { setTimeout as delay } from 'node:timers/promises';

/** Longer where real servers and programs share the computer with other tests. */
const patience = Number(process.env.TRAINYARD_TEST_PATIENCE ?? 20_000);

/** Waits until `look` gives something, and fails with `what` after `milliseconds`. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  milliseconds = patience,
): Promise<T> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`Still not so after ${milliseconds} ms: ${what}`);
    await delay(10);
  }
}
