import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstanceLaunch } from '../../../core/instance';
import { isSystemError, writeAtomic } from '../../../node/files';

/** Milliseconds: a launch that was cut off longer ago is another one. EC2 keeps a token for much longer. */
const stillMeant = 60 * 60_000;

/**
 * Launches that were begun and whose end nobody heard of, in files of the state folder: written before AWS is asked, so that the same launch
 * goes to AWS with the same token, also from another process.
 */
export class LaunchIntents {
  constructor(
    private readonly home: string,
    private readonly now: () => number,
  ) {}

  /** The token of this launch, and whether it was begun before. */
  async begin(
    connection: string,
    launch: InstanceLaunch,
  ): Promise<{ readonly token: string; readonly again: boolean }> {
    const path = this.path(connection, launch);
    const open = await read(path);
    const age = open ? this.now() - open.at : Infinity;
    if (open && age >= 0 && age < stillMeant) return { token: open.token, again: true };
    const token = randomUUID();
    await mkdir(join(this.home, 'aws'), { recursive: true, mode: 0o700 });
    await writeAtomic(path, JSON.stringify({ token, at: this.now() }));
    return { token, again: false };
  }

  /** AWS has said what became of it. */
  async end(connection: string, launch: InstanceLaunch): Promise<void> {
    await rm(this.path(connection, launch), { force: true });
  }

  private path(connection: string, { template, name }: InstanceLaunch): string {
    const mark = createHash('sha256')
      .update(JSON.stringify([connection, template, name]))
      .digest('hex');
    return join(this.home, 'aws', `launch-${mark.slice(0, 16)}.json`);
  }
}

async function read(path: string): Promise<{ readonly token: string; readonly at: number } | undefined> {
  try {
    const { token, at } = JSON.parse(await readFile(path, 'utf8')) as { token?: unknown; at?: unknown };
    return typeof token === 'string' && typeof at === 'number' ? { token, at } : undefined;
  } catch (error) {
    // Not there, or not whole: AWS was not asked yet then.
    if (error instanceof SyntaxError || isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}
