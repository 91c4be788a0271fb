import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { Connection, LogChannel, Submission, TrainingJobs } from '../../src/core/provider';
import type { JobStatus } from '../../src/core/trainingJob';
import { agreed, readJob } from '../fakes/jobSpec';
import { until } from '../fakes/until';

/** What a provider brings so that the contract can be held against it. */
export interface Harness {
  /** Made anew for each test. */
  connect(): Promise<Connection>;
  /** Lines of a job file, without which the job would run elsewhere, such as `resources: {infra: local}`. */
  readonly place: string;
  /** Pids of what runs of the job whose envs hold this text, wherever the job runs. */
  processes(marker: string): Promise<readonly number[]>;
  /** Everything that is public about running processes. */
  commandLines(): Promise<string>;
}

export const never = new AbortController().signal;

interface Place {
  readonly id: string;
  readonly folder: string;
}

/** A provider's jobs in one test: folders of their own, and nothing of them left afterwards. */
export class JobsUnderTest {
  root = '';
  marker = '';
  private current: Connection | undefined;

  constructor(readonly harness: Harness) {
    beforeEach(async () => {
      this.root = await mkdtemp(join(tmpdir(), 'trainyard-contract-'));
      this.current = await harness.connect();
      this.marker = `mark-${randomBytes(8).toString('hex')}`;
    });
    afterEach(async () => {
      await this.killAll();
      await rm(this.root, { recursive: true, force: true, maxRetries: 10 });
    });
  }

  get connection(): Connection {
    if (!this.current) throw new Error('Only inside a test');
    return this.current;
  }

  get facet(): TrainingJobs {
    if (!this.connection.trainingJobs) throw new Error(`${this.connection.id} has no trainingJobs`);
    return this.connection.trainingJobs;
  }

  /** A job that is ready to be submitted, in a folder of its own. */
  async prepare(text: string, place = this.harness.place) {
    const id = `job-${randomBytes(3).toString('hex')}`;
    const file = `${text}\n${place}\n`;
    const { spec, secrets } = readJob(
      text.includes('envs:') ? file : `${file}envs: {MARKER: ${this.marker}}\n`,
    );
    const folder = join(this.root, 'jobs', id);
    const baseFolder = join(this.root, 'base');
    await mkdir(folder, { recursive: true });
    await mkdir(baseFolder, { recursive: true });
    const submission: Submission = { id, spec, secrets, folder, baseFolder, onProgress: () => undefined };
    const submit = async (signal = never) => {
      const offers = await this.facet.plan(spec, never);
      const offer = offers.find((one) => one.possible);
      if (!offer) throw new Error(`Can't run: ${offers.map((one) => one.why).join()}`);
      await this.facet.submit(submission, await agreed(spec, offer), signal);
    };
    return { id, folder, baseFolder, spec, submission, submit };
  }

  /** Submits it and waits for its end. */
  async run(text: string, place = this.harness.place) {
    const job = await this.prepare(text, place);
    await job.submit();
    return { ...job, end: await this.end(job) };
  }

  async end({ id, folder }: Place): Promise<JobStatus> {
    let last: JobStatus | undefined;
    for await (const status of this.facet.watch(id, folder, never)) last = status;
    if (!last) throw new Error('No status');
    return last;
  }

  /** A whole log, from `from` on. */
  async log({ id, folder }: Place, node = 0, channel: LogChannel = 'log', from?: string): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const { bytes } of this.facet.logs(id, folder, { node, channel }, from, never))
      chunks.push(bytes);
    return Buffer.concat(chunks);
  }

  /** Waits until node 0 has written `text`. */
  async wrote({ id, folder }: Place, text: string, channel: LogChannel = 'log'): Promise<void> {
    const leaving = AbortSignal.timeout(60_000);
    let log = '';
    for await (const { bytes } of this.facet.logs(id, folder, { node: 0, channel }, undefined, leaving)) {
      log += Buffer.from(bytes).toString();
      if (log.includes(text)) return;
    }
    throw new Error(`The job ended and had not written ${text}: ${log}`);
  }

  async processes(): Promise<readonly number[]> {
    return this.marker === '' ? [] : this.harness.processes(this.marker);
  }

  /** Ends everything at once, as a power cut would: nobody sees another die. */
  async killAll(): Promise<void> {
    for (const pid of await this.processes()) kill(pid, 'SIGSTOP');
    await until('nothing of it is left', async () => {
      for (const pid of await this.processes()) kill(pid, 'SIGKILL');
      return (await this.processes()).length === 0;
    });
  }

  /** The launcher's own shells end a moment after the job. */
  async nothingRuns(): Promise<void> {
    await until('no process is left', async () => (await this.processes()).length === 0);
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
