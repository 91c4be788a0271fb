import * as vscode from 'vscode';
import { messageOf, ProviderError, type ErrorKind } from '../../core/errors';
import type { Machine, RemoteFile } from '../../core/machine';
import { Disposables, type Disposable } from '../../lib/disposables';
import type { LazyCore } from '../lazyCore';
import { authorityOf, machineOfAuthority, machineScheme } from './machineUri';

/** Milliseconds that a machine gets for one call; a file's content may take longer. */
const patience = 30_000;
/** Milliseconds that an editor which came back with the window waits for its machine to be attached again. */
const restoring = 20_000;

export function machineUri(machine: string, path: string): vscode.Uri {
  return vscode.Uri.from({ scheme: machineScheme, authority: authorityOf(machine), path });
}

/** The machine's id and the path of a file of ours. */
export function machinePath(uri: vscode.Uri): { readonly machine: string; readonly path: string } {
  return { machine: machineOfAuthority(uri.authority), path: uri.path };
}

/** Lets the editor open, edit and save the files of machines that are attached. */
export function machineFileSystem(core: LazyCore): Disposable {
  const held = new Disposables();
  const files = held.add(new MachineFileSystem(core));
  held.add(vscode.workspace.registerFileSystemProvider(machineScheme, files, { isCaseSensitive: true }));
  held.add(
    core.whenOpen((opened) =>
      opened.machines.onDidChangeStatus((machine) => {
        if (machine.status.state === 'attached') files.reread(machine.id);
      }),
    ),
  );
  return held;
}

class MachineFileSystem implements vscode.FileSystemProvider, Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();

  readonly onDidChangeFile = this.changed.event;

  constructor(private readonly core: LazyCore) {}

  /** What is open of a machine may have changed while it was away. */
  reread(machine: string): void {
    const open = vscode.workspace.textDocuments.filter(
      ({ uri }) => uri.scheme === machineScheme && machinePath(uri).machine === machine,
    );
    if (open.length > 0)
      this.changed.fire(open.map(({ uri }) => ({ type: vscode.FileChangeType.Changed, uri })));
  }

  /** Nothing on a machine tells of changes; the editor asks again when a file comes to the front. */
  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    return this.on(uri, async ({ files }, path, signal) => {
      const { kind, bytes, modified } = await files.stat(path, signal);
      return { type: fileType[kind], ctime: modified, mtime: modified, size: bytes };
    });
  }

  readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    return this.on(uri, async ({ files }, path, signal) =>
      Promise.all(
        (await files.list(path, signal)).map(async (file): Promise<[string, vscode.FileType]> => {
          if (file.kind !== 'link') return [file.name, fileType[file.kind]];
          const target = await files.stat(`${path}/${file.name}`, signal).catch(() => undefined);
          return [file.name, fileType[target?.kind ?? 'other'] | vscode.FileType.SymbolicLink];
        }),
      ),
    );
  }

  createDirectory(uri: vscode.Uri): Promise<void> {
    return this.on(uri, ({ files }, path, signal) => files.makeFolder(path, signal));
  }

  readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.on(uri, async ({ files }, path) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of files.read(path, 0, never)) chunks.push(chunk);
      return joined(chunks);
    });
  }

  writeFile(
    uri: vscode.Uri,
    content: Uint8Array,
    { create, overwrite }: { readonly create: boolean; readonly overwrite: boolean },
  ): Promise<void> {
    return this.on(uri, async ({ files }, path, signal) => {
      const there = await found(files.stat(path, signal));
      if (!there && !create) throw vscode.FileSystemError.FileNotFound(uri);
      if (there && !overwrite) throw vscode.FileSystemError.FileExists(uri);
      if (there?.kind === 'folder') throw vscode.FileSystemError.FileIsADirectory(uri);
      await files.write(path, pieces(content), never);
      this.tell(uri, there ? vscode.FileChangeType.Changed : vscode.FileChangeType.Created);
    });
  }

  delete(uri: vscode.Uri): Promise<void> {
    return this.on(uri, async ({ files }, path) => {
      await files.remove(path, never);
      this.tell(uri, vscode.FileChangeType.Deleted);
    });
  }

  rename(from: vscode.Uri, to: vscode.Uri, { overwrite }: { readonly overwrite: boolean }): Promise<void> {
    if (from.authority !== to.authority)
      return Promise.reject(
        vscode.FileSystemError.NoPermissions('A file can’t be moved to another machine.'),
      );
    return this.on(from, async ({ files }, path, signal) => {
      if (!overwrite && (await found(files.stat(to.path, signal))))
        throw vscode.FileSystemError.FileExists(to);
      await files.rename(path, to.path, signal);
      this.tell(from, vscode.FileChangeType.Deleted);
      this.tell(to, vscode.FileChangeType.Created);
    });
  }

  dispose(): void {
    this.changed.dispose();
  }

  private tell(uri: vscode.Uri, type: vscode.FileChangeType): void {
    this.changed.fire([{ uri, type }]);
  }

  /** Only machines that are attached: the editor looks at files by itself, and must not make a person answer for that. */
  private async on<T>(
    uri: vscode.Uri,
    work: (machine: Machine, path: string, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { machine: id, path } = machinePath(uri);
    try {
      const { machines, attached } = await this.core.get();
      await attached.settled(id, AbortSignal.timeout(restoring));
      const machine = await machines.get(id);
      if (machine.status.state === 'detached')
        throw new ProviderError(
          'unavailable',
          `${machine.label} is not attached. Attach to it, and try again.`,
        );
      return await work(machine, path, AbortSignal.timeout(patience));
    } catch (error) {
      throw translated(error, uri);
    }
  }
}

const never = new AbortController().signal;

const fileType: Record<RemoteFile['kind'], vscode.FileType> = {
  file: vscode.FileType.File,
  folder: vscode.FileType.Directory,
  link: vscode.FileType.SymbolicLink,
  other: vscode.FileType.Unknown,
};

const translations: Partial<Record<ErrorKind, (uri: vscode.Uri) => vscode.FileSystemError>> = {
  notFound: (uri) => vscode.FileSystemError.FileNotFound(uri),
  forbidden: (uri) => vscode.FileSystemError.NoPermissions(uri),
  conflict: (uri) => vscode.FileSystemError.FileExists(uri),
};

function translated(error: unknown, uri: vscode.Uri): unknown {
  if (error instanceof vscode.FileSystemError) return error;
  const translation = error instanceof ProviderError ? translations[error.kind] : undefined;
  return translation?.(uri) ?? vscode.FileSystemError.Unavailable(messageOf(error));
}

async function found(asked: Promise<RemoteFile>): Promise<RemoteFile | undefined> {
  return asked.catch((error: unknown) => {
    if (error instanceof ProviderError && error.kind === 'notFound') return undefined;
    throw error;
  });
}

async function* pieces(content: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < content.length; at += 1 << 18)
    yield await Promise.resolve(content.subarray(at, at + (1 << 18)));
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
