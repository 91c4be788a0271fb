import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstanceLaunch } from '../../../core/instance';
import { isSystemError } from '../../../node/files';
import { isAlive, thisProcess } from '../../../node/process';

/** Milliseconds: a launch that was cut off longer ago is another one. EC2 keeps a token for much longer. */
const stillMeant = 60 * 60_000;

/** A launch that was begun. */
export interface LaunchIntent {
  /** What AWS is given, so that the same launch makes one instance however often it is asked for. */
  readonly token: string;
  /** Whether it was begun before, and nobody heard of its end. */
  readonly again: boolean;
  /** AWS has said what became of it. */
  end(): Promise<void>;
  /** Nobody knows what became of it: who launches the same next goes on with it. */
  leave(): Promise<void>;
}

/**
 * Launches whose end nobody heard of, in files of the state folder: written before AWS is asked. The name of each says what is launched, by
 * which token and which process has it in hand: to take one that was left, or whose process is no more, is to rename it, which one of many
 * can do. So the same launch at once in two windows is two, and one that was cut off goes on.
 */
export class LaunchIntents {
  private readonly folder: string;
  /** Tokens that this process has in hand now. */
  private readonly own = new Set<string>();

  constructor(
    home: string,
    private readonly now: () => number,
  ) {
    this.folder = join(home, 'aws', 'launches');
  }

  async begin(connection: string, launch: InstanceLaunch): Promise<LaunchIntent> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const mark = markOf(connection, launch);
    const { pid, token: start } = await thisProcess();
    const owned = (token: string) => `${mark}.${token}.${pid}-${encodeURIComponent(start)}`;
    for (const name of await this.names(mark)) {
      const { token } = partsOf(name);
      if (!(await this.isFree(name)) || !(await this.isMeant(name))) continue;
      this.own.add(token);
      if (await this.take(name, owned(token))) return this.intent(mark, token, owned(token), true);
      this.own.delete(token);
    }
    const token = randomUUID();
    this.own.add(token);
    // Empty, so that it is whole as soon as it is there.
    await writeFile(join(this.folder, owned(token)), '', { flag: 'wx', mode: 0o600 });
    return this.intent(mark, token, owned(token), false);
  }

  private intent(mark: string, token: string, name: string, again: boolean): LaunchIntent {
    return {
      token,
      again,
      end: async () => {
        await rm(join(this.folder, name), { force: true });
        this.own.delete(token);
      },
      leave: async () => {
        await this.take(name, `${mark}.${token}.free`);
        this.own.delete(token);
      },
    };
  }

  private async names(mark: string): Promise<readonly string[]> {
    return (await readdir(this.folder)).filter((name) => name.startsWith(`${mark}.`));
  }

  /** Whether nobody has it in hand. */
  private async isFree(name: string): Promise<boolean> {
    const { token, owner } = partsOf(name);
    if (this.own.has(token)) return false;
    if (owner === 'free') return true;
    const [, pid = '', start = ''] = /^(\d+)-(.*)$/.exec(owner) ?? [];
    const self = await thisProcess();
    if (Number(pid) === self.pid) return true;
    return !(await isAlive({ pid: Number(pid), token: decodeURIComponent(start) }));
  }

  /** Whether it is young enough to go on with; one that is not is done away with. */
  private async isMeant(name: string): Promise<boolean> {
    const path = join(this.folder, name);
    try {
      const age = this.now() - (await stat(path)).mtimeMs;
      // Its time is the disk's, not this clock's.
      if (Math.abs(age) < stillMeant) return true;
      await rm(path, { force: true });
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
    return false;
  }

  private async take(from: string, to: string): Promise<boolean> {
    try {
      await rename(join(this.folder, from), join(this.folder, to));
      return true;
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return false;
      throw error;
    }
  }
}

function partsOf(name: string): { readonly token: string; readonly owner: string } {
  const [, token = '', owner = ''] = name.split('.');
  return { token, owner };
}

/** The same for the same launch: AWS refuses a token that comes with anything else than before. */
function markOf(connection: string, { source, name, maxHours }: InstanceLaunch): string {
  const from =
    'template' in source
      ? source.template
      : Object.entries(source.settings).toSorted(([a], [b]) => a.localeCompare(b));
  const text = JSON.stringify([connection, from, name, maxHours]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
