import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, ProviderError, throwIfCancelled } from '../../core/errors';
import { findFailure, type FailedExit, type Failure } from '../../core/failure/failure';
import { jobFolder } from '../../core/jobFolder';
import { platformReport } from '../../core/failure/platformReport';
import { parseRecord } from '../../core/telemetry';
import type { TrainingJob } from '../../core/trainingJob';
import type { LogJobs } from '../logStore/logFile';
import type { LogReader, LogStore } from '../logStore/logStore';

/** How much of the end of a log is searched: characters, and rows. */
const searchedText = 2_000_000;
const searchedRows = 20_000;
const pageRows = 1000;
/** Where one node only says that another was gone, how many others are asked. */
const mostOthers = 16;
/** Milliseconds that a log which is still being fetched is waited for. */
const longestWait = 10_000;

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
  const asked = { spot: job.spec.resources.candidates.some(({ use_spot }) => use_spot) };
  const describe = async (node: number): Promise<Failure> => {
    const exit = await exitOf(jobs.folder(job.id), job, node);
    const { lines, first, problem } = await lastLines(logs, job, node, signal);
    const failure = findFailure(exit, lines, first, asked);
    return problem === undefined ? failure : { ...failure, hints: [...failure.hints, problem] };
  };
  const named = platformReport(job.exit?.reason ?? '', asked).node;
  const decider =
    job.exit?.node ??
    job.nodes.find(({ state }) => state === 'failed')?.rank ??
    (named !== undefined && named < job.spec.num_nodes ? named : 0);
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

interface LastLines {
  readonly lines: readonly string[];
  readonly first: number;
  /** For people: why there are none, or not all. */
  readonly problem?: string;
}

/** A platform that gives no log, as of a job that never began, still says why the job failed. */
async function lastLines(
  logs: LogStore,
  job: TrainingJob,
  node: number,
  signal: AbortSignal,
): Promise<LastLines> {
  try {
    return await readLastLines(logs, job, node, signal);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.kind === 'notFound') return { lines: [], first: 0 };
    return { lines: [], first: 0, problem: `Its log could not be read: ${messageOf(error)}` };
  }
}

async function readLastLines(
  logs: LogStore,
  job: TrainingJob,
  node: number,
  signal: AbortSignal,
): Promise<LastLines> {
  const reader = await logs.open(job, node);
  try {
    await reader.settled();
    const whole = await copied(reader, signal);
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
    return {
      lines,
      first,
      ...(!whole && { problem: 'Its log is still being fetched: open this card again for the end of it.' }),
    };
  } finally {
    reader.dispose();
  }
}

/** Waits for the rest of a log that comes from elsewhere, for a while; `false` where it has not all come. */
async function copied(reader: LogReader, signal: AbortSignal): Promise<boolean> {
  if (reader.ended) return true;
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      subscription.dispose();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, longestWait);
    const subscription = reader.onDidGrow(() => {
      if (reader.ended) finish();
    });
    signal.addEventListener('abort', finish);
    if (signal.aborted) finish();
  });
  throwIfCancelled(signal);
  await reader.settled();
  return reader.ended;
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
