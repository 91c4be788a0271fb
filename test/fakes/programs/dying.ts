import { createHook } from 'node:async_hooks';
import { once } from 'node:events';

/**
 * Says that it is ready, waits for a line on stdin, and counts the promises that are made from then on: at the one with the number `at` this
 * process kills itself (0: never). Gives how many there were so far.
 */
export async function dyingAt(at: number, each: (promises: number) => void = () => undefined) {
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  let promises = 0;
  createHook({
    init(_id, type) {
      if (type !== 'PROMISE') return;
      promises += 1;
      if (promises === at) process.kill(process.pid, 'SIGKILL');
      each(promises);
    },
  }).enable();
  return () => promises;
}
