import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jobFolder } from '../../core/jobFolder';
import { parseRecord, type ExitRecord } from '../../core/telemetry';
import { isSystemError } from '../../node/files';

/** The ranks whose folders the starter has made, in order. */
export async function nodeRanks(folder: string): Promise<readonly number[]> {
  const names = await readdir(join(folder, 'nodes')).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  });
  return names
    .filter((name) => /^\d{1,5}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

export async function readExit(folder: string, rank: number): Promise<ExitRecord | undefined> {
  const path = join(folder, jobFolder.exit(rank));
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const record = parseRecord(text.trim());
  return record?.kind === 'exit'
    ? record
    : { kind: 'exit', reason: 'How it ended can’t be read.', reasonKind: 'lost' };
}
