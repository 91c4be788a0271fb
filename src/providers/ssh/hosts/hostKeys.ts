import { appendFile, lstat, mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '../../../core/log';
import { messageOf } from '../../../core/errors';
import { isSystemError } from '../../../node/files';
import type { HostConfig } from '../hostConfig';
import type { HostKeys } from '../link/parts';
import { knownHostLine, knownHosts, knownTypes, lookupNames, verdictOf, type KnownHost } from './knownHosts';

/** Longest known_hosts that is read, in bytes. */
const longest = 32 << 20;

/** The host keys in the user's and the system's known_hosts files. */
export class KnownHostsFiles implements HostKeys {
  constructor(private readonly log: Pick<Log, 'info' | 'warn'>) {}

  async preferred(config: HostConfig): Promise<readonly string[] | undefined> {
    const types = knownTypes(await this.read(config), namesOf(config));
    return types.length > 0 ? types : undefined;
  }

  async verdict(config: HostConfig, key: Uint8Array) {
    return verdictOf(await this.read(config), namesOf(config), key);
  }

  /** Adds the key to the first of the user's files. Where that can't be written the key is asked about again next time. */
  async remember(config: HostConfig, key: Uint8Array): Promise<void> {
    const { newKeys } = config;
    const [name] = namesOf(config);
    if (!newKeys || name === undefined) return;
    const { path, hashed } = newKeys;
    try {
      if (!(await isOurs(path))) {
        this.log.warn(`A host key was not kept, because the file is not yours: ${path}`);
        return;
      }
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const before = await lastByte(path);
      const line = knownHostLine(name, key, hashed);
      await appendFile(path, before === undefined || before === 10 ? line : `\n${line}`, { mode: 0o600 });
      this.log.info(`The host key of ${name} was added to ${path}`);
    } catch (error) {
      this.log.warn(`A host key could not be kept in ${path}: ${messageOf(error)}`);
    }
  }

  private async read({ knownHostsFiles }: HostConfig): Promise<readonly KnownHost[]> {
    const texts = await Promise.all(
      knownHostsFiles.map(async (path) => knownHosts(await this.text(path), path)),
    );
    return texts.flat();
  }

  private async text(path: string): Promise<string> {
    try {
      const stats = await stat(path);
      if (stats.isFile() && stats.size <= longest) return await readFile(path, 'latin1');
      if (stats.isFile()) this.log.warn(`A file of host keys is too large to be read: ${path}`);
    } catch (error) {
      if (!isSystemError(error, 'ENOENT', 'ENOTDIR'))
        this.log.warn(`A file of host keys can’t be read: ${path}: ${messageOf(error)}`);
    }
    return '';
  }
}

function namesOf({ hostName, port, hostKeyAlias }: HostConfig): readonly string[] {
  return lookupNames(hostName, port, hostKeyAlias);
}

/** Whether the file, or the nearest folder above it that exists, is the user's own. */
async function isOurs(path: string): Promise<boolean> {
  const uid = process.getuid?.();
  const stats = await stat(path).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (stats) return stats.isFile() && (uid === undefined || stats.uid === uid);
  // What a link leads to and is missing would be made by whoever writes here.
  if (
    await lstat(path).then(
      () => true,
      () => false,
    )
  )
    return false;
  const parent = dirname(path);
  if (parent === path) return false;
  const folder = await stat(parent).catch(() => undefined);
  return folder ? uid === undefined || folder.uid === uid : isOurs(parent);
}

/** `undefined` where there is none. */
async function lastByte(path: string): Promise<number | undefined> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    if (size === 0) return undefined;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0];
  } finally {
    await file.close();
  }
}
