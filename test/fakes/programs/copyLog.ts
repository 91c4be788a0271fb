// Copies a log as a window does: node copyLog.mjs PATH LINES SEED. Prints `over` once all is there, or why it can't be had.
import { LogCopy } from '../../../src/services/logStore/logCopy';
import { LongLog } from '../longLog';

const [path = '', lines = '', seed = ''] = process.argv.slice(2);
const log = new LongLog(Number(lines));
const source = {
  logs: (_id: string, _folder: string, _stream: unknown, from: string | undefined, signal: AbortSignal) =>
    log.chunks(from, Number(seed), signal),
};
const copy = new LogCopy(path, source, 'job', '', { node: 0, channel: 'log' });
const look = () => {
  try {
    if (!copy.over()) return;
    process.stdout.write('over\n');
  } catch (error) {
    process.stdout.write(`${String(error)}\n`);
  }
  copy.dispose();
};
copy.onDidChange(look);
