import { join } from 'node:path';
import { jobFolder } from '../../core/jobFolder';
import type { LogView } from '../../core/logLine';
import type { LogQuery } from '../../core/logQuery';
import type { Connection, LogChannel } from '../../core/provider';
import { hasEnded, platformIdOf, type TrainingJob } from '../../core/trainingJob';
import { throwIfCancelled } from '../../core/errors';
import { FileTail, follow } from '../../node/fileTail';
import { LogCopy } from './logCopy';
import type { LogConnections, LogFile, LogJobs } from './logFile';
import { LogSearch } from './logSearch';
import { LogThread } from './logThread';
import { MergedLog } from './mergedLog';
import { NodeLog } from './nodeLog';
import { SharedItems } from '../sharedItems';
import { within } from '../../lib/within';

export type { LogLine, LogView } from '../../core/logLine';
export type { LogConnections, LogJobs } from './logFile';

/** The log of one node. Dispose of it when nobody looks: then nothing is watched any more. */
export class LogReader extends MergedLog {
  constructor(
    readonly node: number,
    private readonly log: NodeLog,
    release: () => void,
  ) {
    super([{ node, log, release }]);
  }

  /** Absolute path of the bytes, exactly as the job wrote them. */
  get file(): string {
    return this.log.file;
  }

  /** The first `most` bytes of a line, without its newline. */
  lineBytes(line: number, most: number): Promise<Uint8Array> {
    return this.log.lineBytes(line, most);
  }
}

/** Longest time that opening a log waits for its first lines; the rest comes with `onDidGrow`. */
const firstLook = 100;

/** The logs of all jobs, read where they lie. Their bytes become strings only for the rows that are asked for. */
export class LogStore {
  private readonly logs = new SharedItems<NodeLog>();
  private readonly thread: LogThread;

  constructor(
    private readonly jobs: LogJobs,
    private readonly connections: LogConnections,
    private readonly workersFolder: string,
  ) {
    this.thread = new LogThread(workersFolder);
  }

  /** One node's log. Readers of the same node share one index. */
  async open(job: TrainingJob, node: number): Promise<LogReader> {
    const { item, release } = await this.acquire(job, node);
    return new LogReader(node, item, release);
  }

  /** Several nodes' logs as one list of rows; all nodes of the job where `nodes` is absent. */
  async openAll(job: TrainingJob, nodes = ranks(job)): Promise<LogView> {
    return new MergedLog(await this.acquireAll(job, nodes));
  }

  /** Searches the logs of `nodes`, all of the job's where absent, until it is disposed of. */
  async search(job: TrainingJob, query: LogQuery, nodes = ranks(job)): Promise<LogSearch> {
    return new LogSearch(this.workersFolder, await this.acquireAll(job, nodes), query);
  }

  /**
   * The bytes of one node's log exactly as the job wrote them: those that are on this computer at the call, or all of them
   * until the job has ended with `follow` and for a job that has. Ends with `CancelledError` when `signal` is aborted.
   */
  async *raw(
    job: TrainingJob,
    node: number,
    options: { readonly follow: boolean },
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array> {
    throwIfCancelled(signal);
    const file = this.fileOf(await this.connectionOf(job), job, node, 'log');
    const tail = new FileTail(file.path, 0, file.onDidChange);
    const stop = () => {
      tail.dispose();
    };
    signal.addEventListener('abort', stop);
    try {
      const all = options.follow || (file.copied && hasEnded(job.state));
      const size = all ? Infinity : await tail.measure();
      for await (const chunk of follow(tail, all ? file.over : () => true)) {
        throwIfCancelled(signal);
        if (!chunk) continue;
        const excess = Math.max(0, tail.position - size);
        yield excess > 0 ? chunk.subarray(0, chunk.length - excess) : chunk;
        if (tail.position >= size) return;
      }
      throwIfCancelled(signal);
    } finally {
      signal.removeEventListener('abort', stop);
      tail.dispose();
      file.dispose();
    }
  }

  /** A stream of one node as a file: the platform's own where it is on this computer, else the one in the job's folder. */
  async file(job: TrainingJob, node: number, channel: LogChannel): Promise<LogFile> {
    return this.fileOf(await this.connectionOf(job), job, node, channel);
  }

  private acquireAll(job: TrainingJob, nodes: readonly number[]) {
    return Promise.all(
      nodes.map(async (node) => {
        const { item, release } = await this.acquire(job, node);
        return { node, log: item, release };
      }),
    );
  }

  private async acquire(job: TrainingJob, node: number): Promise<{ item: NodeLog; release: () => void }> {
    const shared = await this.logs.acquire(`${job.id}/${node}`, async () => {
      const connection = await this.connectionOf(job);
      return new NodeLog(
        node,
        this.fileOf(connection, job, node, 'log'),
        this.fileOf(connection, job, node, 'telemetry'),
        this.thread,
      );
    });
    // A log that can't be read says so to those who ask for its rows.
    await within(firstLook, shared.item.begun());
    return shared;
  }

  private fileOf(
    connection: Connection | undefined,
    job: TrainingJob,
    node: number,
    channel: LogChannel,
  ): LogFile {
    const folder = this.jobs.folder(job.id);
    const trainingJobs = connection?.trainingJobs;
    const stream = { node, channel };
    const path = join(folder, jobFolder[channel](node));
    if (trainingJobs && !trainingJobs.logFile)
      return new LogCopy(
        path,
        trainingJobs,
        platformIdOf(job),
        folder,
        stream,
        connection.access?.onDidRestore,
      );
    return {
      copied: false,
      path: trainingJobs?.logFile?.(folder, stream) ?? path,
      // A job that was deleted meanwhile gets no more bytes.
      over: () => hasEnded((this.jobs.get(job.id) ?? { state: 'stopped' as const }).state),
      onDidChange: this.jobs.onDidChange,
      dispose: () => undefined,
    };
  }

  /** `undefined` when the connection is gone; what its jobs wrote is still in their folders. */
  private async connectionOf(job: TrainingJob): Promise<Connection | undefined> {
    try {
      return await this.connections.get(job.connection);
    } catch {
      return undefined;
    }
  }
}

function ranks(job: TrainingJob): number[] {
  return Array.from({ length: job.spec.num_nodes }, (_, rank) => rank);
}
