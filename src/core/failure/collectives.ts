import type { SourceLine } from './traceback';

/** A collective operation that a rank waited for in vain, in the words of PyTorch's NCCL watchdog. */
interface Waited {
  readonly rank: number;
  /** How many collectives of this group the rank had begun. */
  readonly number: number;
  /** Such as `ALLREDUCE`. */
  readonly operation: string;
  readonly milliseconds: number;
}

const waited =
  /(?:\bRank (\d{1,6})\].{0,40})?Watchdog caught collective operation timeout: WorkNCCL\(SeqNum=(\d{1,15}), OpType=(\w{1,40}).{0,200}?ran for (\d{1,12}) milliseconds/;
const dumped = /dump signal due to a collective timeout from\s+rank (\d{1,6})/;

/** What the watchdogs in a log say together; `undefined` when none spoke. */
export function stuckCollective(
  lines: readonly SourceLine[],
): { readonly rank: number; readonly reason: string; readonly hints: readonly string[] } | undefined {
  const reports = lines.flatMap(reportOf);
  const [first] = reports;
  if (!first) return undefined;
  const { rank, operation, number } = first;
  const reason = `Rank ${rank} waited ${secondsText(first.milliseconds)} in ${operation} (number ${number}) for another rank, and gave up.`;
  const source = lines.map(({ text }) => dumped.exec(text)?.[1]).find((word) => word !== undefined);
  return { rank, reason, hints: [...whoIsBehind(reports), ...told(source, rank), ...general] };
}

function reportOf({ text, rank }: SourceLine): Waited[] {
  const found = waited.exec(text);
  if (!found) return [];
  const [, named, number, operation = '', milliseconds] = found;
  return [
    {
      rank: named === undefined ? (rank ?? 0) : Number(named),
      number: Number(number),
      operation,
      milliseconds: Number(milliseconds),
    },
  ];
}

/** Ranks that wait in different collectives have not made the same calls. */
function whoIsBehind(reports: readonly Waited[]): readonly string[] {
  const latest = new Map(reports.map((report) => [report.rank, report]));
  const sorted = [...latest.values()].sort((a, b) => a.number - b.number || a.rank - b.rank);
  const [behind] = sorted;
  const ahead = sorted.at(-1);
  if (!behind || !ahead) return [];
  if (behind.number === ahead.number && behind.operation === ahead.operation) {
    if (sorted.length === 1) return [];
    const ranks = sorted.slice(0, 16).map(({ rank }) => rank);
    return [
      `Ranks ${ranks.join(', ')}${sorted.length > 16 ? ' …' : ''} all waited in it: look at the ranks that did not.`,
    ];
  }
  return [
    `Rank ${behind.rank} was in ${behind.operation} (number ${behind.number}) while rank ${ahead.rank} was in ${ahead.operation} (number ${ahead.number}): they did not make the same calls.`,
  ];
}

function told(source: string | undefined, rank: number): readonly string[] {
  return source === undefined || Number(source) === rank ? [] : [`Rank ${source} was the first to time out.`];
}

const general: readonly string[] = [
  'A rank that stopped, crashed or is slow is the cause: look at what the others wrote last. All ranks must make the same collective calls; a shorter data set on one hangs the rest.',
  'Where all are only slow, give init_process_group a longer timeout. TORCH_NCCL_TRACE_BUFFER_SIZE=2000 under envs records the last calls.',
];

function secondsText(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000).toLocaleString('en-US')} s`;
}
