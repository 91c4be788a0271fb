import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, writeAtomic, createExclusive } from '../../../node/files';

/** Which nodes of a job one host runs: `nodes` of them, from rank `first` on. */
export interface HostShare {
  readonly alias: string;
  /** Name of the job's folder there. */
  readonly job: string;
  readonly first: number;
  readonly nodes: number;
  /** What has to be added to the host's clock to get this computer's, in milliseconds; 0 where they agree. */
  readonly skew: number;
}

/** Ranks are dealt out in blocks, the first hosts having one more where it does not come out even. A host without a node is left out. */
export function dealOut(id: string, nodes: number, aliases: readonly string[]): readonly HostShare[] {
  const hosts = Math.min(nodes, aliases.length);
  let first = 0;
  return aliases.slice(0, hosts).map((alias, index) => {
    const share = Math.floor(nodes / hosts) + (index < nodes % hosts ? 1 : 0);
    // Hosts may share a home folder.
    const one = { alias, job: index === 0 ? id : `${id}.${index}`, first, nodes: share, skew: 0 };
    first += share;
    return one;
  });
}

const fileName = 'hosts.json';

/**
 * The word on this computer, in a job's own folder, of what was begun where. Whoever makes it first decides: a submission (`hosts`), or
 * whoever gave it up before it came so far (`none`).
 */
export type Placement =
  { readonly kind: 'hosts'; readonly hosts: readonly HostShare[] } | { readonly kind: 'none' };

/** `false` where there is a word already. */
export function createPlacement(folder: string, placement: Placement): Promise<boolean> {
  return createExclusive(join(folder, fileName), JSON.stringify(placement));
}

export function writePlacement(folder: string, placement: Placement): Promise<void> {
  return writeAtomic(join(folder, fileName), JSON.stringify(placement));
}

export async function readPlacement(folder: string): Promise<Placement | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, fileName), 'utf8')) as Placement;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
