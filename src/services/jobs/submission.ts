import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import type { SpendApproval } from '../../core/costGuard';
import { CancelledError, messageOf, ProviderError, throwIfCancelled } from '../../core/errors';
import { jobFolder } from '../../core/jobFolder';
import { redactJobFile, redactSpec } from '../../core/jobSpec/redact';
import type { Log } from '../../core/log';
import type { TrainingJobs } from '../../core/provider';
import type { TrainingJob } from '../../core/trainingJob';
import { writeAtomic } from '../../node/files';
import { gitState } from '../../node/gitState';
import { thisProcess } from '../../node/process';
import { uploads } from '../../node/uploads';
import type { Connections } from '../connections';
import { displayName, newJobId } from './jobId';
import { writeJobRecord, writeSubmitter } from './jobRecord';
import type { SubmitRequest } from './jobs';
import type { JobStore, StoredJob } from './jobStore';
import type { Reconciler } from './reconciler';
import { startingStatus } from './startingStatus';

export interface SubmissionParts {
  readonly store: JobStore;
  readonly reconciler: Reconciler;
  readonly connections: Connections;
  readonly folder: (id: string) => string;
  readonly now: () => number;
  readonly log: Log;
  readonly onDidChange: () => void;
}

/** Each agreement starts one bill. */
const used = new WeakSet<SpendApproval<unknown>>();

/**
 * Submits one job and gives its id. The intent is committed before anything is made, so that wherever this is cut off, the
 * next start finds out whether the job exists; when it fails or is cancelled, the platform is asked as well, and what it
 * says holds.
 */
export async function submitJob(
  parts: SubmissionParts,
  request: SubmitRequest,
  signal: AbortSignal,
): Promise<string> {
  throwIfCancelled(signal);
  const { approval, spec } = request;
  if (approval.spec !== spec) throw new Error('This approval is for another job.');
  if (used.has(approval)) throw new Error('This approval has been used already.');
  const { trainingJobs } = await parts.connections.get(approval.offer.connection);
  if (!trainingJobs) throw new ProviderError('unavailable', `${approval.offer.connection} runs no jobs.`);
  used.add(approval);
  const stored = await commitIntent(parts, request);
  const { id } = stored.job;
  parts.onDidChange();
  try {
    await make(parts, request, stored, trainingJobs, signal);
    await parts.reconciler.confirm(id);
  } catch (error) {
    if (!(await existsAfterAll(parts, stored, trainingJobs, error))) throw error;
  } finally {
    parts.onDidChange();
  }
  return id;
}

async function commitIntent(
  { store, now }: SubmissionParts,
  { spec, secrets, source, approval: { offer } }: SubmitRequest,
): Promise<StoredJob> {
  const owner = await thisProcess();
  for (;;) {
    const createdAt = now();
    const name = displayName(spec.name ?? fileName(source));
    const job: TrainingJob = {
      ...startingStatus(spec.num_nodes),
      id: newJobId(name),
      name,
      connection: offer.connection,
      createdAt,
      ...(offer.hourlyUsd !== null && { hourlyUsd: offer.hourlyUsd }),
      ...(source !== undefined && { source }),
      spec: redactSpec(spec, secrets),
    };
    const stored: StoredJob = { job, intent: true, owner };
    const { connection, hourlyUsd, ...details } = offer;
    const decision = {
      at: createdAt,
      kind: 'spend.approved',
      job: job.id,
      connection,
      hourlyUsd,
      details,
    } as const;
    if (await store.add(stored, decision)) return stored;
  }
}

/** `train` of `/home/me/train.job.yaml`: a job without a name has its file's. */
function fileName(source: string | undefined): string | null {
  return source === undefined ? null : basename(source).replace(/(?:\.(?:job|sky))?\.ya?ml$/i, '');
}

async function make(
  parts: SubmissionParts,
  request: SubmitRequest,
  { job, owner }: StoredJob,
  trainingJobs: TrainingJobs,
  signal: AbortSignal,
): Promise<void> {
  const { spec, secrets, text, baseFolder, approval } = request;
  const onProgress = request.onProgress ?? (() => undefined);
  const folder = parts.folder(job.id);
  const [workdir] = uploads(spec, baseFolder);
  const git = workdir?.destination === '' ? await gitState(workdir.source, signal) : undefined;
  throwIfCancelled(signal);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeSubmitter(folder, owner ?? (await thisProcess()));
  await writeJobRecord(folder, {
    version: 1,
    id: job.id,
    name: job.name,
    connection: job.connection,
    createdAt: job.createdAt,
    hourlyUsd: job.hourlyUsd ?? null,
    offer: approval.offer,
    source: job.source ?? null,
    baseFolder,
    git: git ?? null,
    spec: job.spec,
    host: hostname(),
  });
  await writeAtomic(join(folder, jobFolder.file), redactJobFile(text, secrets.values()));
  parts.log.info(`Submitting ${job.id} to ${job.connection}`);
  await trainingJobs.submit({ id: job.id, spec, secrets, folder, baseFolder, onProgress }, approval, signal);
}

/** Whether the platform has the job although submitting it failed, as when only the answer was lost. */
async function existsAfterAll(
  parts: SubmissionParts,
  stored: StoredJob,
  trainingJobs: TrainingJobs,
  error: unknown,
): Promise<boolean> {
  const { id } = stored.job;
  const { signal } = new AbortController();
  try {
    if (!(await parts.reconciler.conclude(stored, signal))) return false;
  } catch (failure) {
    parts.log.warn(`Whether ${id} was submitted is not known yet: ${messageOf(failure)}`);
    await parts.reconciler.abandon(stored).catch(() => undefined);
    return false;
  }
  if (!(error instanceof CancelledError)) {
    parts.log.warn(`${id} was submitted although it did not look so: ${messageOf(error)}`);
    return true;
  }
  await trainingJobs.stop(id, parts.folder(id), 'Cancelled while it was being submitted.', signal);
  return false;
}
