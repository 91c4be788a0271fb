import { readdirSync, readFileSync } from 'node:fs';

/** The process `root` with its children, theirs and so on. */
export function treeOf(root: number): readonly number[] {
  const parents = new Map(all().map((pid) => [pid, parentOf(pid)]));
  const found = new Set([root]);
  for (let before = 0; before < found.size;) {
    before = found.size;
    for (const [pid, parent] of parents) if (parent !== undefined && found.has(parent)) found.add(pid);
  }
  return [...found];
}

/** The processes that carry the server's folder in their environment: what was started in its sessions, also when it is detached. */
export function marked(folder: string): readonly number[] {
  return all().filter((pid) => read(pid, 'environ').includes(`TRAINYARD_TEST_SSHD=${folder}\0`));
}

function all(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function parentOf(pid: number): number | undefined {
  const stat = read(pid, 'stat');
  const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
  return parent === undefined ? undefined : Number(parent);
}

/** Empty for one that has ended, or is another user's. */
function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}
