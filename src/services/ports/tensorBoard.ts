import type { Machine } from '../../core/machine';
import { shellQuote } from '../../node/shellQuote';
import type { ListeningPort } from './listeningPorts';

/** TensorBoard's own port. */
const usual = 6006;

/** Whether the login shell of the machine's user finds it. */
export async function hasTensorBoard(machine: Machine, signal: AbortSignal): Promise<boolean> {
  const look = ['sh', '-lc', 'command -v tensorboard'] as const;
  return (await machine.run(look, { quiet: true, timeout: 15_000 }, signal)).code === 0;
}

/** The line that starts it, reachable from its machine alone, on a port that nobody listens on. */
export function tensorBoardLine(
  folder: string,
  taken: readonly ListeningPort[],
): { readonly line: string; readonly port: number } {
  let port = usual;
  while (taken.some((one) => one.port === port)) port += 1;
  // The shell is to expand the home folder, and nothing else of what was typed.
  const home = folder.startsWith('~/');
  const path = home
    ? `"$HOME"/${shellQuote(folder.slice(2))}`
    : folder === '~'
      ? '"$HOME"'
      : shellQuote(folder);
  return { line: `tensorboard --logdir ${path} --host 127.0.0.1 --port ${port}\r`, port };
}
