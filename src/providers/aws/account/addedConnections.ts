import { watch, type FSWatcher } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { ProviderError } from '../../../core/errors';
import type { Disposable } from '../../../lib/disposables';
import { Emitter } from '../../../lib/event';
import { tryLock } from '../../../node/fileLock';
import { isSystemError, writeAtomic } from '../../../node/files';

/** One region of one profile. */
export interface AddedConnection {
  readonly region: string;
  /** Absent: whatever the SDK's own chain finds. */
  readonly profile?: string;
  /** 12 digits, as far as it was known when it was added: whose quotas these are. */
  readonly account?: string;
}

/** Such as `aws/us-east-1`, or `aws/us-east-1@work`. */
export function connectionId({ region, profile }: AddedConnection): string {
  return profile === undefined ? `aws/${region}` : `aws/${region}@${profile}`;
}

/** The connections that a person added, in a file that windows and the CLI share. It holds names only, no keys. */
export class AddedConnections implements Disposable {
  private readonly changed = new Emitter<void>();
  private readonly path: string;
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;

  readonly onDidChange = this.changed.event;

  constructor(private readonly home: string) {
    this.path = join(home, fileName);
  }

  /** As they were added. Throws `ProviderError` where the file was changed to something else. */
  async list(): Promise<readonly AddedConnection[]> {
    this.follow();
    const text = await readFile(this.path, 'utf8').catch((error: unknown) => {
      if (isSystemError(error, 'ENOENT')) return undefined;
      throw error;
    });
    if (text === undefined) return [];
    const read = connectionsIn(text);
    if (read === undefined)
      throw new ProviderError(
        'invalid',
        `The list of AWS connections can’t be read. Mend the file, or delete it and add them again: ${this.path}`,
      );
    return read;
  }

  /** One that is there already is replaced in its place. */
  async add(connection: AddedConnection): Promise<void> {
    const id = connectionId(connection);
    await this.change((before) =>
      before.some((one) => connectionId(one) === id)
        ? before.map((one) => (connectionId(one) === id ? connection : one))
        : [...before, connection],
    );
  }

  async remove(id: string): Promise<void> {
    await this.change((before) => before.filter((one) => connectionId(one) !== id));
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.watcher?.close();
    this.changed.dispose();
  }

  private async change(
    to: (before: readonly AddedConnection[]) => readonly AddedConnection[],
  ): Promise<void> {
    await mkdir(this.home, { recursive: true, mode: 0o700 });
    const lock = await this.locked();
    try {
      const connections = to(await this.list());
      await writeAtomic(this.path, `${JSON.stringify({ version: 1, connections }, null, 2)}\n`);
    } finally {
      lock.dispose();
    }
    this.changed.fire();
  }

  /** Of two windows that add at once, neither loses its own. */
  private async locked(): Promise<Disposable> {
    for (let tries = 0; ; tries++) {
      const lock = tryLock(`${this.path}.lock`);
      if (lock) return lock;
      if (tries >= 100)
        throw new ProviderError('conflict', 'Another window is changing the AWS connections. Try again.');
      await after(20);
    }
  }

  /** The folder and not the file, which is replaced at each change. It never keeps the process alive. */
  private follow(): void {
    if (this.watcher) return;
    try {
      this.watcher = watch(this.home, { persistent: false }, (_, name) => {
        if (name !== null && name !== fileName) return;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => {
          this.changed.fire();
        }, settling).unref();
      });
      this.watcher.on('error', () => {
        this.watcher?.close();
        this.watcher = undefined;
      });
    } catch {
      // The folder isn't there yet, or can't be watched: what others add is seen at the next start.
    }
  }
}

const fileName = 'aws.json';

/** A file is written in steps. Milliseconds. */
const settling = 100;

/** `undefined` where it is none of ours, or of a version to come. */
function connectionsIn(text: string): readonly AddedConnection[] | undefined {
  const { version, connections } = (parsed(text) ?? {}) as { version?: unknown; connections?: unknown };
  if (version !== 1 || !Array.isArray(connections)) return undefined;
  return connections.every(isConnection) ? connections : undefined;
}

function isConnection(value: unknown): value is AddedConnection {
  if (typeof value !== 'object' || value === null) return false;
  const { region, profile, account } = value as Record<string, unknown>;
  const isName = (name: unknown) => name === undefined || typeof name === 'string';
  return typeof region === 'string' && isName(profile) && isName(account);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
