import { readdirSync, readFileSync } from 'node:fs';

/**
 * The process that runs the extensions of the editor whose process group `group` leads. `undefined` while there is none,
 * as for a moment after it was killed.
 */
export function extensionHostPid(group: number): number | undefined {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => groupOf(pid) === group && wordsOf(pid).includes('--type=extensionHost'));
}

function groupOf(pid: number): number | undefined {
  // "pid (name, which may hold anything) state parent group …"
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

function wordsOf(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`).split('\0');
}

/** A process may go between the listing and the look. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
