import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jobFolder } from '../../../core/jobFolder';
import { isSystemError, writeAtomic } from '../../../node/files';
import { hostFailure } from './hostFailure';
import type { HostScripts } from './hostScripts';
import { createPlacement, readPlacement, writePlacement } from './placement';

/** The word on this computer that the first host has the job. */
export function rememberStarted(folder: string): Promise<void> {
  return writeAtomic(join(folder, jobFolder.claim), 'started\n');
}

async function isKnownStarted(folder: string): Promise<boolean> {
  return readFile(join(folder, jobFolder.claim), 'utf8').then(
    (text) => text.startsWith('started'),
    (error: unknown) => {
      if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return false;
      throw error;
    },
  );
}

/**
 * Decides whether the job exists: the claim on its first host does. Where it does not, it never will, and what the other hosts have of it is
 * ended and removed. Throws where a host that may have something of it is out of reach.
 */
export async function settle(
  folder: string,
  scripts: (alias: string) => HostScripts,
  signal: AbortSignal,
): Promise<boolean> {
  if (await isKnownStarted(folder)) return true;
  // Before a submission has touched any host it is given up here.
  if (await createdNone(folder)) return false;
  const placement = await readPlacement(folder);
  const [first, ...others] = placement?.kind === 'hosts' ? placement.hosts : [];
  if (!first) return false;
  const what = 'Whether the job was started can’t be found out';
  const words = ['host.sh', 'settle', first.job] as const;
  const said = await scripts(first.alias).run(words, { quiet: true }, signal);
  // Where nothing can be written, nothing was started from either.
  if (said.code !== 0 && said.code !== 73) throw hostFailure(first.alias, what, said);
  if (said.stdout.startsWith('started ')) {
    await rememberStarted(folder);
    return true;
  }
  const drop = async ({ alias, job }: (typeof others)[number]) => {
    const output = await scripts(alias).run(['host.sh', 'drop', job], { quiet: true }, signal);
    if (output.code !== 0 && output.code !== 73)
      throw hostFailure(alias, 'What a submission left can’t be removed', output);
  };
  const ends = await Promise.allSettled(others.map(drop));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  await writePlacement(folder, { kind: 'none' });
  return false;
}

async function createdNone(folder: string): Promise<boolean> {
  try {
    return await createPlacement(folder, { kind: 'none' });
  } catch (error) {
    // The folder itself is gone, and nothing can be submitted from it.
    if (isSystemError(error, 'ENOENT')) return true;
    throw error;
  }
}
