import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * The other programs that have a file open now, as `name (process 12)`, as far as the system tells: on Linux, those of
 * the same user. For a message that says who to look for.
 */
export function fileHolders(path: string): readonly string[] {
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return pids.filter((pid) => openFiles(pid).includes(path)).map((pid) => `${nameOf(pid)} (process ${pid})`);
}

function openFiles(pid: string): readonly string[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).map((fd) => {
      try {
        return readlinkSync(`${folder}/${fd}`);
      } catch {
        return '';
      }
    });
  } catch {
    // Another user's, or gone.
    return [];
  }
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'a program';
  }
}
