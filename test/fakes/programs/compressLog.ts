// Compresses a log: node compressLog.mjs PATH UP_TO GROWING STOP_AT MEMBER_BYTES. Prints `step` at each step; at step STOP_AT it waits for its end.
import { compressOldest } from '../../../src/node/logCompressor';

const [path = '', upTo = '', growing = '', stopAt = '', memberBytes = ''] = process.argv.slice(2);
let steps = 0;
const outcome = await compressOldest(path, {
  upTo: Number(upTo),
  growing: growing === 'true',
  memberBytes: Number(memberBytes),
  pace: async () => {
    steps += 1;
    process.stdout.write('step\n');
    if (steps !== Number(stopAt)) return;
    process.stdin.resume();
    await new Promise(() => undefined);
  },
  signal: new AbortController().signal,
});
process.stdout.write(`${outcome}\n`);
