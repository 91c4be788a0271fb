import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError, ProviderError } from '../../src/core/errors';
import type {
  Connection,
  JobOutput,
  LogChunk,
  Offer,
  Provider,
  Submission,
  TrainingJobs,
  Unsupported,
} from '../../src/core/provider';
import type { JobStatus } from '../../src/core/trainingJob';
import { Emitter } from '../../src/lib/event';

export const anOffer: Offer = {
  connection: 'cloud',
  region: 'us-east-1',
  instanceType: 'g5.xlarge',
  nodes: 1,
  accelerators: 'A10G:1',
  spot: false,
  hourlyUsd: 1.5,
  pricesAsOf: '2026-07-20',
  possible: true,
  why: '',
};

/** A platform in memory, whose answers a test sets. It outlives the state folders that know it, as a cloud does. */
export class FakeProvider implements Provider, TrainingJobs {
  readonly id = 'cloud';
  readonly label = 'Cloud';
  readonly jobs = new Map<string, JobStatus>();
  readonly submissions: Submission[] = [];
  readonly settled: string[] = [];
  /** What the jobs left there: the text of a file `a.txt` by the output’s name. */
  readonly left = new Map<string, string>();
  readonly downloads: string[] = [];
  readonly stops: { readonly id: string; readonly reason: string }[] = [];
  offers: readonly Offer[] | Error = [anOffer];
  /** Called in the middle of each submit. What it throws is what submit throws; the job exists when it is in `jobs` by then. */
  onSubmit: (submission: Submission, signal: AbortSignal) => Promise<void> | void = ({ id }) => {
    this.set(id, 'running');
  };
  /** When set, nothing can be learned of any job. */
  unreachable: Error | undefined;
  private readonly changed = new Emitter<void>();
  private readonly connectionsChanged = new Emitter<void>();
  readonly onDidChangeConnections = this.connectionsChanged.event;
  private connected = true;
  private changes = 0;

  readonly connection: Connection = { id: 'cloud', label: 'Cloud', trainingJobs: this };

  set(id: string, state: JobStatus['state'], more: Partial<JobStatus> = {}): void {
    this.jobs.set(id, { state, rawState: state, nodes: [{ rank: 0, state }], ...more });
    this.changes += 1;
    this.changed.fire();
  }

  connect(connected: boolean): void {
    this.connected = connected;
    this.connectionsChanged.fire();
  }

  connections(): Promise<readonly Connection[]> {
    return Promise.resolve(this.connected ? [this.connection] : []);
  }

  async plan(): Promise<readonly Offer[]> {
    await delay(0);
    if (this.offers instanceof Error) throw this.offers;
    return this.offers;
  }

  unsupported(): readonly Unsupported[] {
    return [];
  }

  async submit(submission: Submission, _approval: unknown, signal: AbortSignal): Promise<void> {
    this.submissions.push(submission);
    await this.onSubmit(submission, signal);
  }

  settle(id: string): Promise<boolean> {
    this.settled.push(id);
    if (this.unreachable) return Promise.reject(this.unreachable);
    return Promise.resolve(this.jobs.has(id));
  }

  status(id: string): Promise<JobStatus> {
    const status = this.jobs.get(id);
    if (this.unreachable) return Promise.reject(this.unreachable);
    return status
      ? Promise.resolve(status)
      : Promise.reject(new ProviderError('notFound', `No such job: ${id}`));
  }

  async *watch(id: string, _folder: string, signal: AbortSignal): AsyncIterable<JobStatus> {
    for (;;) {
      const seen = this.changes;
      const status = await this.status(id);
      yield status;
      if (['succeeded', 'failed', 'stopped'].includes(status.state)) return;
      if (this.changes !== seen) continue;
      await new Promise<void>((resolve, reject) => {
        const subscription = this.changed.event(() => {
          subscription.dispose();
          resolve();
        });
        signal.addEventListener('abort', () => {
          subscription.dispose();
          reject(new CancelledError());
        });
      });
    }
  }

  stop(id: string, _folder: string, reason: string): Promise<void> {
    this.stops.push({ id, reason });
    this.set(id, 'stopped');
    return Promise.resolve();
  }

  async *logs(): AsyncIterable<LogChunk> {
    // Writes nothing.
  }

  outputs(): Promise<readonly JobOutput[]> {
    return Promise.resolve(
      [...this.left].map(([name, text]) => ({ name, files: [{ path: 'a.txt', bytes: text.length }] })),
    );
  }

  async download(
    _id: string,
    _folder: string,
    output: string,
    to: string,
    onProgress: (message: string) => void,
  ): Promise<void> {
    this.downloads.push(output);
    onProgress('half of it');
    await mkdir(to, { recursive: true });
    await writeFile(join(to, 'a.txt'), this.left.get(output) ?? '');
  }
}
