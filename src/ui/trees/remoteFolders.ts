import { messageOf } from '../../core/errors';
import type { Machine, RemoteFile } from '../../core/machine';
import { remoteJoin } from '../../services/machines/remotePath';
import type { MachinesNode } from './machinesNode';

export type FolderNode = Extract<MachinesNode, { readonly kind: 'folder' }>;

interface Listing {
  readonly at: number;
  readonly nodes: Promise<readonly MachinesNode[]>;
}

/** Entries of one folder that are shown: a folder of a data set can have a million. */
const mostShown = 1000;
/** Milliseconds after which a listing is asked for again when somebody looks. */
const fresh = 30_000;
/** Milliseconds that a machine gets to answer. */
const patience = 20_000;

/** What lies in the folders of machines that a person has opened in the view, kept so that drawing it again asks nothing. */
export class RemoteFolders {
  private readonly listings = new Map<string, Listing>();

  constructor(
    private readonly machine: (id: string) => Promise<Machine>,
    /** A folder that was listed before has something else in it now. */
    private readonly changed: (node: FolderNode) => void,
    private readonly now: () => number = Date.now,
  ) {}

  async children(node: FolderNode): Promise<readonly MachinesNode[]> {
    const key = keyOf(node);
    const known = this.listings.get(key);
    if (!known) return this.list(node).nodes;
    if (this.now() - known.at > fresh) void this.renew(node, known);
    return known.nodes;
  }

  /** The next look asks the machines again. */
  forget(): void {
    this.listings.clear();
  }

  private async renew(node: FolderNode, known: Listing): Promise<void> {
    const listing = this.list(node);
    const [before, after] = await Promise.all([known.nodes, listing.nodes]);
    if (JSON.stringify(before) !== JSON.stringify(after)) this.changed(node);
  }

  private list(node: FolderNode): Listing {
    const listing = { at: this.now(), nodes: this.read(node) };
    this.listings.set(keyOf(node), listing);
    return listing;
  }

  private async read(node: FolderNode): Promise<readonly MachinesNode[]> {
    const signal = AbortSignal.timeout(patience);
    let path = node.path ?? '';
    try {
      const { files } = await this.machine(node.machine);
      if (node.path === undefined) path = await files.home(signal);
      const all = await files.list(path, signal);
      const shown = await Promise.all(
        [...all]
          .sort(byKindAndName)
          .slice(0, mostShown)
          .map((file) => asNode(node.machine, path, file, files, signal)),
      );
      const count = all.length - shown.length;
      return count > 0 ? [...shown, { kind: 'more', machine: node.machine, path, count }] : shown;
    } catch (error) {
      const why = signal.aborted ? 'The machine does not answer now.' : messageOf(error);
      return [{ kind: 'noFiles', machine: node.machine, path, why }];
    }
  }
}

/** A link is what it leads to; one that leads nowhere is a file. */
async function asNode(
  machine: string,
  folder: string,
  file: RemoteFile,
  files: Machine['files'],
  signal: AbortSignal,
): Promise<MachinesNode> {
  const path = remoteJoin(folder, file.name);
  const kind =
    file.kind === 'link'
      ? await files.stat(path, signal).then(
          (target) => target.kind,
          () => 'file' as const,
        )
      : file.kind;
  return kind === 'folder' ? { kind: 'folder', machine, path, file } : { kind: 'file', machine, path, file };
}

function byKindAndName(a: RemoteFile, b: RemoteFile): number {
  const rank = ({ kind }: RemoteFile) => (kind === 'folder' ? 0 : 1);
  return rank(a) - rank(b) || a.name.localeCompare(b.name, 'en', { numeric: true });
}

function keyOf({ machine, path = '' }: FolderNode): string {
  return `${machine}:${path}`;
}
