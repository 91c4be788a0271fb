import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Processes that carry the mark of a job in their environment: everything that its `setup` and `run` started. */
export function processesOf(id: string): number[] {
  return processes((words) => words.includes(`TRAINYARD_JOB_ID=${id}`));
}

/** Ends at once what still runs of the jobs of a state folder. Jobs outlive their editor, and so they would a failed test. */
export function endJobs(home: string): void {
  const jobs = join(home, 'jobs');
  if (!existsSync(jobs)) return;
  const marks = readdirSync(jobs).map((id) => `TRAINYARD_JOB_ID=${id}`);
  const isTheirs = (words: readonly string[]) =>
    words.some((word) => word.includes(`${jobs}/`) || marks.includes(word));
  // Whoever starts something while it is being ended is met the next time.
  for (let left = processes(isTheirs); left.length > 0; left = processes(isTheirs)) left.forEach(kill);
}

function processes(isWanted: (words: readonly string[]) => boolean): number[] {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => isWanted([...read(`/proc/${pid}/environ`), ...read(`/proc/${pid}/cmdline`)]))
    .map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

/** A process may go between the listing and the look; a zombie has nothing. */
function read(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\0');
  } catch {
    return [];
  }
}
