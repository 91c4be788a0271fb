import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jobFolder } from '../../core/jobFolder';
import type { JobSpec } from '../../core/jobSpec/jobSpec';
import type { Offer } from '../../core/provider';
import type { GitState } from '../../node/gitState';
import { isSystemError, writeAtomic } from '../../node/files';
import type { ProcessIdentity } from '../../node/process';

/**
 * What was submitted, as `job.json` in the job's folder. The database can be made again from these. No secret's value is
 * in it.
 */
export interface JobRecord {
  readonly version: 1;
  readonly id: string;
  readonly name: string;
  readonly connection: string;
  /** As in `TrainingJob`. */
  readonly platformId?: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** `null`: the price was not known. */
  readonly hourlyUsd: number | null;
  readonly offer: Offer;
  /** The job file, where it was one, and the folder that its relative paths start from. */
  readonly source: string | null;
  readonly baseFolder: string;
  /** The commit of the workdir's files. */
  readonly git: GitState | null;
  readonly spec: JobSpec;
  /** The computer it was submitted on. */
  readonly host: string;
}

export async function writeJobRecord(folder: string, record: JobRecord): Promise<void> {
  await writeAtomic(join(folder, jobFolder.record), `${JSON.stringify(record, null, 2)}\n`);
}

/** `undefined` when there is none, or it is not of this kind. */
export async function readJobRecord(folder: string): Promise<JobRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(join(folder, jobFolder.record), 'utf8')) as JobRecord | null;
    return isRecord(record) ? record : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined;
    throw error;
  }
}

/** Who is submitting the job now, by the file that says so. */
export async function readSubmitter(folder: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(join(folder, jobFolder.submitter), 'utf8').catch(() => '');
  const [, pid, token] = /^(\d+) (\S+)\s*$/.exec(text) ?? [];
  return pid === undefined || token === undefined ? undefined : { pid: Number(pid), token };
}

export async function writeSubmitter(folder: string, { pid, token }: ProcessIdentity): Promise<void> {
  await writeAtomic(join(folder, jobFolder.submitter), `${pid} ${token}\n`);
}

function isRecord(record: Partial<JobRecord> | null): record is JobRecord {
  return (
    record?.version === 1 &&
    typeof record.id === 'string' &&
    typeof record.name === 'string' &&
    typeof record.connection === 'string' &&
    Number.isFinite(record.createdAt) &&
    typeof record.spec === 'object'
  );
}
