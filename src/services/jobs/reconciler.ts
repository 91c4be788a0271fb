import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../core/errors';
import { jobFolder } from '../../core/jobFolder';
import type { Log } from '../../core/log';
import { doomedFolders, removeFolder } from '../../node/files';
import { isAlive, thisProcess, type ProcessIdentity } from '../../node/process';
import type { Connections } from '../connections';
import { isJobId } from './jobId';
import { readJobRecord, readSubmitter, type JobRecord } from './jobRecord';
import type { JobStore, StoredJob } from './jobStore';
import { startingStatus } from './startingStatus';

/**
 * Brings the database, the folders and the platforms together after a process died in the middle of something: then each job that was
 * being submitted either exists, once, or is gone without a trace.
 */
export class Reconciler {
  private readonly settling = new Set<string>();
  /** Submissions of this process that failed in a way which left them open. */
  private readonly abandoned = new Set<string>();
  private readonly warned = new Set<string>();

  constructor(
    private readonly store: JobStore,
    private readonly connections: Connections,
    /** Absolute path of the folder with all jobs' folders. */
    private readonly jobsFolder: string,
    private readonly log: Log,
  ) {}

  /** Once, at a start. */
  async tidy(): Promise<void> {
    for (const { path, name } of await doomedFolders(this.jobsFolder)) {
      await this.store.remove(name);
      await rm(path, { recursive: true, force: true });
    }
    await this.findJobsAgain();
  }

  /** Settles the submissions whose process is gone. Cheap where there are none. */
  async settle(jobs: readonly StoredJob[], signal: AbortSignal): Promise<void> {
    const open = jobs.filter(({ intent, job }) => intent && !this.settling.has(job.id));
    await Promise.all(open.map((stored) => this.settleOne(stored, signal)));
  }

  /** A submission's end as the platform tells it: `true` when the job exists. Else nothing of it is left. */
  async conclude({ job }: StoredJob, signal: AbortSignal): Promise<boolean> {
    const folder = join(this.jobsFolder, job.id);
    const { trainingJobs } = await this.connections.get(job.connection);
    if (await trainingJobs?.settle(job.id, folder, signal)) {
      await this.confirm(job.id);
      return true;
    }
    await removeFolder(folder, () => this.store.remove(job.id));
    return false;
  }

  /** The platform has the job. */
  async confirm(id: string): Promise<void> {
    await this.store.confirm(id);
    await rm(join(this.jobsFolder, id, jobFolder.submitter), { force: true });
  }

  /** From now on the submission is nobody's, and settled as soon as that is possible. */
  async abandon({ job, owner }: StoredJob): Promise<void> {
    this.abandoned.add(job.id);
    await this.store.handOver(job.id, owner, undefined);
  }

  /** Whether somebody is submitting it, or finds out what became of that. */
  async isInHand({ job, owner }: StoredJob): Promise<boolean> {
    return owner !== undefined && !this.abandoned.has(job.id) && (await isAlive(owner));
  }

  private async settleOne(stored: StoredJob, signal: AbortSignal): Promise<void> {
    const { job, owner } = stored;
    if (this.settling.has(job.id)) return;
    this.settling.add(job.id);
    try {
      if (await this.isInHand(stored)) return;
      // Of several processes that see the dead owner one goes on.
      const me = await thisProcess();
      if (!(await this.store.handOver(job.id, owner, me))) return;
      try {
        const exists = await this.conclude(stored, signal);
        this.log.info(
          `The submission of ${job.id} was cut off: ${exists ? 'it runs' : 'it was taken back'}.`,
        );
      } catch (error) {
        await this.store.handOver(job.id, me, undefined);
        throw error;
      }
    } catch (error) {
      if (!signal.aborted) this.warnOnce(job.id, messageOf(error));
    } finally {
      this.settling.delete(job.id);
    }
  }

  /** It is tried again every few seconds. */
  private warnOnce(id: string, why: string): void {
    if (this.warned.has(id)) return;
    this.warned.add(id);
    this.log.warn(`Whether ${id} was submitted is not known yet: ${why}`);
  }

  /** Jobs that have a folder and no row: the database was lost or damaged. */
  private async findJobsAgain(): Promise<void> {
    const names = (await readdir(this.jobsFolder)).filter(isJobId);
    // Read after the folders: a job's row is there before its folder is.
    const known = new Set(this.store.all().map(({ job }) => job.id));
    for (const name of names) {
      if (known.has(name)) continue;
      const folder = join(this.jobsFolder, name);
      const record = await readJobRecord(folder);
      if (record?.id === name) await this.store.add(storedAgain(record, await readSubmitter(folder)));
    }
  }
}

/** As an intent: whether the job ever started is for the platform to say. */
function storedAgain(record: JobRecord, owner: ProcessIdentity | undefined): StoredJob {
  const { id, name, connection, platformId, createdAt, hourlyUsd, source, spec } = record;
  const job = {
    ...startingStatus(spec.num_nodes),
    id,
    name,
    connection,
    createdAt,
    spec,
    ...(platformId !== undefined && { platformId }),
    ...(hourlyUsd !== null && { hourlyUsd }),
    ...(source !== null && { source }),
  };
  // What others started was there before anything here knew of it.
  if (platformId !== undefined) return { job, intent: false };
  return { job, intent: true, ...(owner && { owner }) };
}
