import { createReadStream } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ProviderError } from '../../src/core/errors';
import type { RemoteFile, RemoteFiles } from '../../src/core/machine';
import { isSystemError } from '../../src/node/files';

/** This computer's files as a machine's. */
export function localFiles(home: () => string): RemoteFiles {
  return {
    home: () => Promise.resolve(home()),
    list: (folder) =>
      told(async () =>
        Promise.all(
          (await readdir(folder)).map(async (name) => described(name, await lstat(join(folder, name)))),
        ),
      ),
    stat: (path) => told(async () => described(basename(path), await stat(path))),
    async *read(path, from) {
      // What a stream throws has to be told in our words too.
      const chunks = createReadStream(path, { start: from })[Symbol.asyncIterator]() as AsyncIterator<
        Buffer,
        undefined
      >;
      for (;;) {
        const { value, done } = await told(() => chunks.next());
        if (done) return;
        yield value;
      }
    },
    write: (path, bytes) =>
      told(async () => {
        const draft = `${path}.tmp`;
        try {
          await writeFile(draft, bytes);
          await rename(draft, path);
        } catch (error) {
          await rm(draft, { force: true });
          throw error;
        }
      }),
    makeFolder: (path) =>
      told(async () => {
        await mkdir(path, { recursive: true });
      }),
    rename: (from, to) => told(() => rename(from, to)),
    remove: (path) => told(() => rm(path, { recursive: true })),
  };
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) throw new ProviderError('notFound', String(error), { cause: error });
    if (isSystemError(error, 'EACCES', 'EPERM'))
      throw new ProviderError('forbidden', String(error), { cause: error });
    throw error;
  }
}

function described(name: string, stats: Awaited<ReturnType<typeof lstat>>): RemoteFile {
  const kind = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'folder'
      : stats.isSymbolicLink()
        ? 'link'
        : 'other';
  return {
    name,
    kind,
    bytes: Number(stats.size),
    modified: Math.round(Number(stats.mtimeMs)),
    mode: Number(stats.mode) & 0o7777,
  };
}
