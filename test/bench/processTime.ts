import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts a process's time in hundredths of a second. */
const tick = 0.01;

/** Seconds of processor time that these processes have used so far, all their threads together. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const [, , , , , , , , , , , user = 0, system = 0] = statOf(pid);
    return sum + (user + system) * tick;
  }, 0);
}

/** Processes below `root` whose command line holds `words`. */
export function descendants(root: number, words: string): number[] {
  const parents = new Map(
    readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0)
      .map((pid) => [pid, statOf(pid)[1] ?? 0]),
  );
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid) ?? 0;
    return parent === root || (parent > 1 && isBelow(parent));
  };
  return [...parents.keys()].filter((pid) => isBelow(pid) && read(`/proc/${pid}/cmdline`).includes(words));
}

/** What `/proc/<pid>/stat` says behind the name, which may hold anything: state (as NaN), parent, group … */
function statOf(pid: number): number[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
}

/** A process may go between the listing and the look. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
