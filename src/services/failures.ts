import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfCancelled } from '../core/errors';
import { findFailure, type FailedExit, type Failure } from '../core/failure';
import { jobFolder } from '../core/jobFolder';
import { parseRecord } from '../core/telemetry';
import type { TrainingJob } from '../core/trainingJob';
import type { LogJobs } from './logFile';
import type { LogStore } from './logStore';

/** How much of the end of a log is searched: characters, and rows. */
const searchedText = 2_000_000;
const searchedRows = 20_000;
const pageRows = 1000;
/** Where one node only says that another was gone, how many others are asked. */
const mostOthers = 16;

/** Ends that somebody wanted: their reason is the reason, whatever the job wrote while it ended. */
const madeTo: ReadonlySet<string | undefined> = new Set(['stopped', 'max_duration', 'idle_gpu', 'peer']);

interface Parts {
  readonly logs: LogStore;
  readonly jobs: Pick<LogJobs, 'folder'>;
}

/** Why `job` failed; `undefined` for one that has not. Reads at most the last 2 MB of a node's log. */
export async function describeFailure(
  { logs, jobs }: Parts,
  job: TrainingJob,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  if (job.state !== 'failed') return undefined;
  const describe = async (node: number) => {
    const exit = await exitOf(jobs.folder(job.id), job, node);
    const { lines, first } = await lastLines(logs, job, node, signal);
    return findFailure(exit, lines, first);
  };
  const decider = job.exit?.node ?? job.nodes.find(({ state }) => state === 'failed')?.rank ?? 0;
  const failure = await describe(decider);
  if (!failure.consequence) return failure;
  const others = job.nodes
    .filter(({ rank, state }) => rank !== decider && state === 'failed')
    .slice(0, mostOthers);
  for (const { rank } of others) {
    const other = await describe(rank);
    if (!other.consequence && (other.error !== undefined || other.signal !== undefined)) return other;
  }
  return failure;
}

/** The node's own word on its end where it left one, else what is known of the job. */
async function exitOf(folder: string, job: TrainingJob, node: number): Promise<FailedExit> {
  const known = job.nodes.find(({ rank }) => rank === node)?.exit ?? job.exit;
  const record = parseRecord(await textOf(join(folder, jobFolder.exit(node))));
  if (record?.kind !== 'exit') return { reason: 'the job failed', ...known, node };
  const { code, signal, reason, reasonKind } = record;
  return {
    reason,
    node,
    ...(code !== undefined && signal === undefined && { code }),
    ...(signal !== undefined && { signal }),
    ...(madeTo.has(reasonKind) && { madeTo: true as const }),
  };
}

async function lastLines(
  logs: LogStore,
  job: TrainingJob,
  node: number,
  signal: AbortSignal,
): Promise<{ lines: string[]; first: number }> {
  const reader = await logs.open(job, node);
  try {
    await reader.settled();
    const count = reader.lineCount();
    let first = count;
    let text = 0;
    let lines: string[] = [];
    while (first > 0 && count - first < searchedRows && text < searchedText) {
      throwIfCancelled(signal);
      const from = Math.max(0, first - pageRows);
      const page = (await reader.lines(from, first - from)).map((line) => line.text);
      text += page.reduce((sum, line) => sum + line.length, 0);
      lines = page.concat(lines);
      first = from;
    }
    return { lines, first };
  } finally {
    reader.dispose();
  }
}

/** `''` where there is no such file: a node that was lost wrote none. */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
