import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError } from '../../../core/errors';
import { jobFolder } from '../../../core/jobFolder';
import { createExclusive, isSystemError, writeAtomic } from '../../../node/files';

/**
 * The word on this computer, in a job's own folder, of whether the job exists. Who makes it first decides: a submission that is about to ask AWS
 * for the job (`asked`), or whoever gave it up before (`none`). What AWS said makes `exists` or `none` of `asked`.
 */
export type Claim = 'asked' | 'exists' | 'none';

/** `undefined` where there is no word yet. */
export async function readClaim(folder: string): Promise<Claim | undefined> {
  try {
    const text = (await readFile(join(folder, jobFolder.claim), 'utf8')).trim();
    if (text === 'asked' || text === 'exists' || text === 'none') return text;
    throw new ProviderError('unavailable', `The job’s claim can’t be read: ${folder}`);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** `false` where there is a word already. */
export function makeClaim(folder: string, claim: 'asked' | 'none'): Promise<boolean> {
  return createExclusive(join(folder, jobFolder.claim), `${claim}\n`);
}

export function changeClaim(folder: string, claim: 'exists' | 'none'): Promise<void> {
  return writeAtomic(join(folder, jobFolder.claim), `${claim}\n`);
}
