import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { ProviderError } from '../../core/errors';
import { platformIdOf, type TrainingJob } from '../../core/trainingJob';
import type { Connections } from '../connections';
import type { JobLists } from './jobLists';
import type { Jobs } from './jobs';
import { displayName, jobIdFrom } from './jobId';
import { writeJobRecord } from './jobRecord';
import type { JobStore } from './jobStore';

export interface AdoptionParts {
  readonly store: JobStore;
  readonly connections: Connections;
  readonly folder: (id: string) => string;
}

/** Remembers a job that was started elsewhere, and gives its id here: the same whoever adopts it. */
export async function adoptJob(
  { store, connections, folder }: AdoptionParts,
  connection: string,
  there: string,
  signal: AbortSignal,
): Promise<string> {
  const same = (job: TrainingJob) => job.connection === connection && platformIdOf(job) === there;
  const known = store.all().find(({ job }) => same(job));
  if (known) return known.job.id;
  const { trainingJobs } = await connections.get(connection);
  if (!trainingJobs?.list) throw new ProviderError('unavailable', `${connection} has no list of its jobs.`);
  const { spec, name, createdAt, offer } = await trainingJobs.list.describe(there, signal);
  for (let salt = 0; ; salt += 1) {
    const id = jobIdFrom(there, digest(`${connection}\n${there}\n${salt}`));
    const status = await trainingJobs.status(there, folder(id), signal);
    const job: TrainingJob = {
      ...status,
      id,
      name: displayName(name),
      connection,
      platformId: there,
      createdAt,
      spec,
      ...(offer.hourlyUsd !== null && { hourlyUsd: offer.hourlyUsd }),
    };
    // Somebody else may have been first, with the same job or, hardly ever, with another one.
    if (!(await store.add({ job, intent: false }))) {
      const other = store.all().find((one) => one.job.id === id);
      if (other && same(other.job)) return id;
      continue;
    }
    await mkdir(folder(id), { recursive: true, mode: 0o700 });
    await writeJobRecord(folder(id), {
      version: 1,
      id,
      name: job.name,
      connection,
      platformId: there,
      createdAt,
      hourlyUsd: offer.hourlyUsd,
      offer,
      source: null,
      baseFolder: folder(id),
      git: null,
      spec,
      host: hostname(),
    });
    return id;
  }
}

/** Takes a job of a connection's list among the jobs here. One that the platform no longer has leaves the list. */
export async function adoptListed(
  { jobs, jobLists }: { readonly jobs: Jobs; readonly jobLists: JobLists },
  connection: string,
  there: string,
  signal: AbortSignal,
): Promise<TrainingJob> {
  try {
    return await jobs.adopt(connection, there, signal);
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'notFound') await jobLists.forget(connection, there);
    throw error;
  }
}

/** Bytes of it that are the same on every computer. */
function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
