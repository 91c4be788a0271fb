import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { jobFolder } from '../../../src/core/jobFolder';
import type { LogView } from '../../../src/core/logLine';
import type { JobState, TrainingJob } from '../../../src/core/trainingJob';
import type { Disposable } from '../../../src/lib/disposables';
import { Emitter } from '../../../src/lib/event';
import type { LogConnections, LogJobs } from '../../../src/services/logStore/logFile';

type Trainyard = NonNullable<TrainingJob['spec']['trainyard']>;

/** A job whose files a test writes, and the `Jobs` that know it. */
export class LogFolder implements LogJobs, Disposable {
  job: TrainingJob;
  private readonly changes = new Emitter<void>();
  readonly onDidChange = this.changes.event;
  /** No connection is there any more: everything is read from the job's own folder. */
  readonly connections: LogConnections = { get: () => Promise.reject(new Error('no such connection')) };

  private constructor(
    private readonly home: string,
    nodes: number,
    trainyard: Trainyard,
  ) {
    const resources = { mode: 'single', candidates: [] };
    const spec = { num_nodes: nodes, resources, trainyard } as unknown as TrainingJob['spec'];
    this.job = {
      id: 'digits-abc123',
      name: 'digits',
      connection: 'local',
      createdAt: 1_700_000_000_000,
      spec,
      state: 'running',
      rawState: 'running',
      nodes: [],
    };
  }

  static async make(nodes = 1, trainyard: Trainyard = {}): Promise<LogFolder> {
    return new LogFolder(await mkdtemp(join(tmpdir(), 'trainyard-log-')), nodes, trainyard);
  }

  get(id: string): TrainingJob | undefined {
    return id === this.job.id ? this.job : undefined;
  }

  folder(id: string): string {
    return join(this.home, id);
  }

  path(node: number, channel: 'log' | 'telemetry' = 'log'): string {
    return join(this.folder(this.job.id), jobFolder[channel](node));
  }

  async write(bytes: string | Uint8Array, node = 0, channel: 'log' | 'telemetry' = 'log'): Promise<void> {
    await mkdir(dirname(this.path(node, channel)), { recursive: true });
    await appendFile(this.path(node, channel), bytes);
  }

  async telemetry(record: object, node = 0): Promise<void> {
    await this.write(`##trainyard ${JSON.stringify({ v: 1, node, ...record })}\n`, node, 'telemetry');
  }

  become(state: JobState, more: Partial<TrainingJob> = {}): void {
    this.job = { ...this.job, ...more, state };
    this.changes.fire();
  }

  async replace(bytes: Uint8Array, node = 0): Promise<void> {
    await mkdir(dirname(this.path(node)), { recursive: true });
    await writeFile(this.path(node), bytes);
  }

  dispose(): void {
    void rm(this.home, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Waits until `there` holds, looking again at each growth; fails after `deadline` milliseconds. */
export async function until(
  view: Pick<LogView, 'onDidGrow'>,
  there: () => boolean,
  deadline = 5000,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const finish = () => {
      clearTimeout(timer);
      subscription.dispose();
    };
    const timer = setTimeout(() => {
      finish();
      reject(new Error(`did not come true in ${deadline} ms: ${there.toString()}`));
    }, deadline);
    const look = () => {
      if (!there()) return;
      finish();
      resolve();
    };
    const subscription = view.onDidGrow(look);
    look();
  });
}
