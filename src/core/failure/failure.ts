import { withoutAnsi } from '../ansi';
import { stuckCollective } from './collectives';
import { crashHints, failureRules, memoryHints, type FailureRule } from './failureRules';
import { memoryKill, memoryKillReason } from './memoryRules';
import { platformReport } from './platformReport';
import type { Asked } from './platformRules';
import { findTracebacks, sourceLine, type Frame, type SourceLine, type Traceback } from './traceback';
import type { JobExit } from '../trainingJob';

/** Why a job failed, as far as its exit and its log tell. All text is the job's own, so it is untrusted. */
export interface Failure {
  /** One sentence. */
  readonly reason: string;
  readonly node?: number;
  readonly rank?: number;
  readonly exitCode?: number;
  readonly signal?: string;
  /** From the traceback on, at most 60 lines and always with its error; without one, the last 20. Escapes are still in them. */
  readonly lines: readonly string[];
  /** Number of `lines[0]` in that node's log. */
  readonly firstLine?: number;
  /** Of the last traceback, outermost first: the last is where it happened. */
  readonly frames: readonly Frame[];
  /** Python's own words, such as `ValueError: …`, or the platform's where it is the cause. */
  readonly error?: string;
  /** What to try. */
  readonly hints: readonly string[];
  /** Whose memory ran out, where that was it. */
  readonly outOfMemory?: 'gpu' | 'machine';
  /** It only says that another process was gone: the cause is elsewhere. */
  readonly consequence?: true;
}

export interface FailedExit extends JobExit {
  /** Set where the job was made to end, by a person, a limit or a node that failed: then its reason is the reason. */
  readonly madeTo?: true;
}

const mostLines = 60;
const lastLines = 20;
const mostFrames = 30;
const longestError = 500;
const longestLine = 4000;
/** Lines that may follow a fatal report: what other ranks and the launcher say. */
const stillDying = 100;
/** Without a traceback, how many of the last lines may hold the cause. */
const searched = 200;

/**
 * `lines` is the end of the failing node's log, oldest first, the first of which has number `firstLineNumber`; empty for a job
 * that failed before it wrote any. What is wrong with the platform, in its own words, wins over all that the job wrote while it
 * ended; a traceback that the platform quotes stands in for a log that has none.
 */
export function findFailure(
  exit: FailedExit,
  lines: readonly string[],
  firstLineNumber: number,
  asked: Asked = { spot: false },
): Failure {
  if (exit.madeTo) return failureIn(exit, lines, firstLineNumber);
  const { cause, outOfMemory, said, quoted, code, signal, node } = platformReport(exit.reason, asked);
  const told: FailedExit = {
    ...(node !== undefined && { node }),
    ...(exit.signal === undefined && code !== undefined && { code }),
    ...(exit.code === undefined && signal !== undefined && { signal }),
    ...exit,
    reason: said,
  };
  if (cause) {
    const shown = failureIn({ ...told, madeTo: true }, lines, firstLineNumber);
    return { ...shown, ...cause, error: cut(said) };
  }
  const logged = failureIn(told, lines, firstLineNumber);
  if (logged.error !== undefined && !logged.consequence) return logged;
  const fromPlatform = failureIn(told, quoted, undefined);
  if (fromPlatform.error !== undefined) return fromPlatform;
  if (outOfMemory) return { ...logged, reason: memoryKillReason([]), hints: memoryHints };
  return lines.length > 0 ? logged : { ...fromPlatform, lines: quoted.length > 1 ? fromPlatform.lines : [] };
}

/**
 * What one log tells; lines that are of none have no numbers. The root cause that torchrun names wins; else the last traceback that is not the echo of another process' end; else
 * known words among the last lines; else how it exited.
 */
function failureIn(exit: FailedExit, lines: readonly string[], firstLineNumber: number | undefined): Failure {
  const plain = lines.map((line) => sourceLine(withoutAnsi(line.slice(0, longestLine))));
  const root = rootCause(plain);
  const signal = root?.signal ?? exit.signal ?? signalOf(exit.code);
  const found = exit.madeTo ? undefined : decisive(findTracebacks(plain), root);
  // A report that the job survived, long before a signal ended it, is not the cause.
  const survived = signal !== undefined && found !== undefined && plain.length - found.end > stillDying;
  const traceback = survived ? undefined : found;
  const window = traceback ? around(traceback, plain) : lastWritten(plain);
  const { rank = root?.rank ?? traceback?.rank, ...why } = explain(exit, traceback, plain, signal, root);
  const shown = lines.slice(window.from, window.to);
  return {
    ...why,
    ...(exit.node !== undefined && { node: exit.node }),
    ...(rank !== undefined && { rank }),
    ...(exit.code !== undefined && root?.signal === undefined && { exitCode: exit.code }),
    ...(signal !== undefined && { signal }),
    lines: shown,
    ...(shown.length > 0 && firstLineNumber !== undefined && { firstLine: firstLineNumber + window.from }),
    frames: traceback?.frames.slice(-mostFrames) ?? [],
  };
}

function explain(
  exit: FailedExit,
  traceback: Traceback | undefined,
  lines: readonly SourceLine[],
  signal: string | undefined,
  root: RootCause | undefined,
): Pick<Failure, 'reason' | 'hints' | 'error' | 'consequence' | 'rank' | 'outOfMemory'> {
  if (exit.madeTo) return { reason: sentence(exit.reason), hints: [] };
  const echo = traceback !== undefined && isEcho(traceback);
  const stuck = stuckCollective(lines);
  // The watchdog aborts the process; whoever was killed otherwise is what the others waited for.
  if (
    stuck &&
    (signal === undefined || signal === 'SIGABRT') &&
    (!traceback || echo || isCollective(traceback))
  )
    return { ...stuck, ...(traceback && { error: cut(traceback.error) }) };
  if (traceback && !echo) {
    const error = cut(traceback.error);
    const message = lines
      .slice(traceback.end - 1, traceback.end + 3)
      .filter(({ source }) => source === traceback.source)
      .map(({ text }) => text);
    const known = mostSpecial([traceback.error, ...message]);
    return { reason: known?.reason ?? error, error, hints: known?.hints ?? [], ...memoryOf(known) };
  }
  const bySignal = signal === undefined ? undefined : signalWords[signal];
  const ending = lines
    .slice(-searched)
    .map(({ text }) => text)
    .reverse();
  const kills = ending.filter((text) => memoryKill.test(text));
  const killed = kills.find((text) => text.includes('Killed process')) ?? kills[0];
  const byLine =
    (killed === undefined ? undefined : ruleFor(killed)) ??
    ending.map(ruleFor).find((rule) => rule?.reason !== undefined);
  const rank = root ? undefined : clusterTask(ending);
  if (killed === undefined && bySignal && (root?.signal !== undefined || !byLine)) return bySignal;
  if (byLine)
    return {
      reason: byLine.reason ?? sentence(exit.reason),
      hints: byLine.hints,
      ...memoryOf(byLine),
      ...rank,
    };
  if (traceback) {
    return {
      reason: 'Another process of the job ended, and this one lost its connection to it.',
      error: cut(traceback.error),
      hints: ['Look in the other ranks and nodes for the one that ended first: that is the cause.'],
      consequence: true,
    };
  }
  const last = ending
    .slice(0, lastLines)
    .map(ruleFor)
    .find((rule) => rule !== undefined);
  return { reason: sentence(exit.reason), hints: last?.hints ?? [], ...rank };
}

interface RootCause {
  readonly rank: number;
  readonly signal: string | undefined;
}

/** The last report of torchrun names the process that failed first. */
function rootCause(lines: readonly SourceLine[]): RootCause | undefined {
  const at = lines.findLastIndex(({ text }) => text.startsWith('Root Cause (first observed failure)'));
  if (at < 0) return undefined;
  const block = lines.slice(at, at + 10).map(({ text }) => text);
  const rank = block
    .map((text) => /^\s*rank\s*:\s*(\d{1,6})/.exec(text)?.[1])
    .find((word) => word !== undefined);
  const code = block
    .map((text) => /^\s*exitcode\s*:\s*(-?\d{1,3})/.exec(text)?.[1])
    .find((word) => word !== undefined);
  if (rank === undefined) return undefined;
  return {
    rank: Number(rank),
    signal: code === undefined || Number(code) >= 0 ? undefined : signalNames[-Number(code)],
  };
}

function decisive(found: readonly Traceback[], root: RootCause | undefined): Traceback | undefined {
  const own = found.filter((traceback) => !isLauncher(traceback));
  const causes = own.filter((traceback) => !isEcho(traceback));
  if (root) {
    const ofRank = causes.filter(({ rank }) => rank === root.rank);
    if (ofRank.length > 0) return ofRank.at(-1);
    // Killed from outside: whatever others then said is an echo.
    if (root.signal !== undefined) return undefined;
    // Without prefixes nothing tells the ranks apart, and the first that failed wrote first.
    return causes.find(({ rank }) => rank === undefined) ?? causes[0] ?? own[0];
  }
  return causes.at(-1) ?? own.at(-1) ?? found.at(-1);
}

/** torchrun reporting what its children did. */
function isLauncher({ error }: Traceback): boolean {
  return /\bChildFailedError\b|elastic\S*\.SignalException|RendezvousConnectionError/.test(error);
}

/** An error that a process gets because another one ended. */
function isEcho({ error }: Traceback): boolean {
  return (
    /Connection (?:closed by peer|reset by peer)|ncclRemoteError|remote process (?:exited|has terminated)|Broken pipe|DistNetworkError: .*(?:recv|send)|KeyboardInterrupt|SignalException|CalledProcessError/.test(
      error,
    ) && !/timed? ?out/i.test(error)
  );
}

/** NCCL or its watchdog speaking through Python. */
function isCollective({ error }: Traceback): boolean {
  return /DistBackendError|\bNCCL\b|collective operation timeout/.test(error);
}

/** The first task that SLURM's `srun` reports; its tasks are the ranks. */
function clusterTask(newestFirst: readonly string[]): { readonly rank: number } | undefined {
  const tasks = newestFirst.map((text) => /^srun: error: \S{1,100}: task (\d{1,6}): /.exec(text)?.[1]);
  const task = tasks.findLast((word) => word !== undefined);
  return task === undefined ? undefined : { rank: Number(task) };
}

interface Known {
  readonly order: number;
  readonly reason: string | undefined;
  readonly hints: readonly string[];
  readonly outOfMemory: FailureRule['outOfMemory'];
}

function memoryOf(known: Known | undefined): Pick<Failure, 'outOfMemory'> {
  return known?.outOfMemory ? { outOfMemory: known.outOfMemory } : {};
}

function ruleFor(text: string): Known | undefined {
  const short = text.slice(0, 2000);
  for (const [order, { pattern, reason, hints, outOfMemory }] of failureRules.entries()) {
    const groups = pattern.exec(short)?.slice(1);
    if (groups) return { order, reason: reason?.(groups, short), hints: hints(groups, short), outOfMemory };
  }
  return undefined;
}

/** Of an error and what its message goes on with, the line that tells most. */
function mostSpecial(texts: readonly string[]): Known | undefined {
  const known = texts.map(ruleFor).filter((rule) => rule !== undefined);
  return known.sort((a, b) => a.order - b.order)[0];
}

/** `[from, to)`: the report and what its message goes on with, or its end where it is too long. */
function around(
  { start, end, source }: Traceback,
  lines: readonly SourceLine[],
): { from: number; to: number } {
  if (end - start > mostLines) return { from: end - mostLines, to: end };
  let to = end;
  while (to < Math.min(end + 5, start + mostLines) && isMessage(lines[to], source)) to += 1;
  return { from: start, to };
}

function isMessage(line: SourceLine | undefined, source: string): boolean {
  return (
    line?.source === source && line.text.trim() !== '' && !/^[A-Z]\d{4} \d\d:|^Traceback /.test(line.text)
  );
}

function lastWritten(lines: readonly SourceLine[]): { from: number; to: number } {
  const to = lines.findLastIndex(({ text }) => text.trim() !== '') + 1;
  return { from: Math.max(0, to - lastLines), to };
}

const signalNames: Readonly<Partial<Record<number, string>>> = {
  2: 'SIGINT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  15: 'SIGTERM',
};

/** A shell reports a signal as 128 and its number. */
function signalOf(code: number | undefined): string | undefined {
  return code === undefined || code <= 128 ? undefined : signalNames[code - 128];
}

const signalWords: Readonly<Partial<Record<string, Pick<Failure, 'reason' | 'hints'>>>> = {
  SIGKILL: {
    reason: 'It was killed by SIGKILL, most likely because the machine ran out of memory.',
    hints: memoryHints,
  },
  SIGSEGV: {
    reason: 'It crashed in native code (segmentation fault).',
    hints: crashHints,
  },
  SIGBUS: {
    reason: 'It crashed with a bus error, most often because /dev/shm is full.',
    hints: ['Lower num_workers, or enlarge /dev/shm (in a container: --shm-size).'],
  },
  SIGABRT: {
    reason: 'It aborted in native code.',
    hints: ['The lines before the end name the check that failed.'],
  },
  SIGILL: {
    reason: 'It used a processor instruction that this machine does not have.',
    hints: ['A package was built for a newer processor: install another build of it in setup.'],
  },
};

function sentence(text: string): string {
  const one = cut(text.trim());
  const first = /^[a-z]+\b(?![.\w])/.test(one) ? one.charAt(0).toUpperCase() + one.slice(1) : one;
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}

function cut(text: string): string {
  return text.length > longestError ? `${text.slice(0, longestError)}…` : text;
}
