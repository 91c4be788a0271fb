import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jobFolder } from '../../core/jobFolder';
import { isAlive, toldOfProcess, type ProcessIdentity } from '../../node/process';

/** Windows shells have process ids of their own, which nothing outside of them can look up. */
export const seesLaunchers = process.platform !== 'win32';

/** The launcher of a node, where it still runs: never another process that got its pid. */
export async function liveLauncher(folder: string, rank: number): Promise<ProcessIdentity | undefined> {
  const text = await readFile(join(folder, jobFolder.pid(rank)), 'utf8').catch(() => '');
  const [, pid, token] = /^(\d+) (\S+)\s*$/.exec(text) ?? [];
  if (pid === undefined || token === undefined) return undefined;
  const identity = { pid: Number(pid), token };
  return (await isAlive(identity)) ? identity : undefined;
}

/** Whether the process `pid` is the starter (nodes.sh) of the job in `folder`. */
export async function isStarter(pid: number, folder: string): Promise<boolean> {
  const words = await commandLine(pid);
  return words.includes('nodes.sh') && words.includes(folder);
}

/** Sends a signal; `false` when the process is gone already. */
export function sendSignal({ pid }: ProcessIdentity, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux')
    return readFile(`/proc/${pid}/cmdline`, 'utf8')
      .then((text) => text.replaceAll('\0', ' '))
      .catch(() => '');
  return toldOfProcess(['ps', '-ww', '-o', 'command=', '-p', String(pid)]);
}
