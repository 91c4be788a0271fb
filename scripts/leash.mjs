/**
 * Runs the command line that follows, and ends it with everything it started as soon as whoever started this script is gone,
 * `kill -9` included. Must be started as the leader of a process group, with a channel (`ipc`) to its parent.
 */
import { spawn } from 'node:child_process';

const [program, ...words] = process.argv.slice(2);
process.once('disconnect', () => process.kill(-process.pid, 'SIGKILL'));
// A signal goes to the whole group: the command answers it, and this script follows when the command has ended.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
const child = spawn(program, words, { stdio: 'inherit' });
child.once('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.once('exit', (code) => process.exit(code ?? 1));
