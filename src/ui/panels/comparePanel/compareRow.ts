import { metricKind, metricPlace } from '../../../core/metricKind';
import type { RunParameter } from '../../../core/runParameters';
import { costUsd, type TrainingJob } from '../../../core/trainingJob';
import { costText, durationText } from '../../../core/words';
import type { Cell, ColumnKind, CompareColumn, CompareRow } from '../../../protocol/comparePanel';
import type { RunSummary } from '../../../services/metrics/runSummary';
import { acceleratorsOf, gpuCount } from '../runPanel/runHardware';

/** What a row is made of. `summary` is absent until the job's log has been read. */
export interface RowParts {
  readonly job: TrainingJob;
  readonly parameters: readonly RunParameter[];
  readonly summary: RunSummary | undefined;
  readonly starred: boolean;
}

type Named = readonly [column: CompareColumn, cell: Cell];

const parameter = { group: 'parameter', kind: 'text' } as const;

const always = true;
const highestFirst = true;

const fixed = {
  name: runColumn('name', 'Name', 'text', { always }),
  state: runColumn('state', 'State', 'text', { always }),
  started: runColumn('started', 'Started', 'time', { always, highestFirst }),
  duration: runColumn('duration', 'Duration', 'duration', { always, highestFirst }),
  cost: runColumn('cost', 'Cost', 'money', { always, highestFirst }),
  gpuHours: runColumn('gpuHours', 'GPU-Hours', 'number', {
    names: ['gpu-hours', 'gpuhours', 'gpu_hours'],
    hint: 'Nodes × GPUs of each × hours. The GPUs are those that the job asked for, else those that it was seen with.',
    highestFirst,
  }),
  connection: runColumn('connection', 'Connection', 'text'),
  nodes: runColumn('nodes', 'Nodes', 'number', { names: ['nodes', 'num_nodes'], highestFirst }),
  accelerators: runColumn('accelerators', 'Accelerators', 'text'),
  machine: runColumn('machine', 'Machine', 'text', { names: ['machine', 'instance_type'] }),
  code: runColumn('code', 'Code', 'text', {
    names: ['code', 'commit'],
    hint: 'The commit of the job’s files; * = with changes that were not committed.',
  }),
};

/** Columns of every job, in their order. */
export const runColumns: readonly CompareColumn[] = Object.values(fixed);

/** A row, and the columns that it needs beside those of every job. */
export function compareRow(
  { job, parameters, summary, starred }: RowParts,
  now: number,
): { readonly row: CompareRow; readonly columns: readonly CompareColumn[] } {
  const named = [...parameterCells(parameters), ...metricCells(summary)];
  const cells = Object.fromEntries([
    ...runCells(job, summary, now),
    ...named.map(([{ id }, cell]) => [id, cell] as const),
  ]);
  const { id, name, state } = job;
  return { row: { id, name, state, starred, cells }, columns: named.map(([column]) => column) };
}

/** Columns of parameters by name, then those of metrics: losses, scores, the rest. */
export function sortedColumns(columns: Iterable<CompareColumn>): readonly CompareColumn[] {
  const groups = { run: 0, parameter: 1, metric: 2 };
  const place = ({ group, names }: CompareColumn) =>
    group === 'metric' ? metricPlace[metricKind(names[0] ?? '')] : 0;
  // What is equal here stays in the order of its first appearance.
  return [...columns].sort(
    (a, b) =>
      groups[a.group] - groups[b.group] ||
      place(a) - place(b) ||
      (a.group === 'parameter' ? a.title.localeCompare(b.title) : 0),
  );
}

function runCells(job: TrainingJob, summary: RunSummary | undefined, now: number): [string, Cell][] {
  const from = job.startedAt ?? job.createdAt;
  const seconds = Math.max(0, Math.floor(((job.endedAt ?? now) - from) / 1000));
  const cost = costUsd(job, now);
  const gpus = gpuCount(job, summary);
  const gpuHours = gpus === undefined || job.startedAt === undefined ? undefined : (gpus * seconds) / 3600;
  const values: Record<keyof typeof fixed, Cell | undefined> = {
    name: job.name,
    state: job.state,
    started: from,
    duration: { value: seconds, text: durationText(seconds * 1000) },
    cost: cost === undefined ? undefined : { value: cost, text: costText(cost) },
    gpuHours: gpuHours === undefined ? undefined : { value: gpuHours, text: hoursText(gpuHours) },
    connection: job.connection,
    nodes: job.spec.num_nodes,
    accelerators: acceleratorsOf(job) || undefined,
    machine:
      [summary?.submitted?.instanceType, summary?.submitted?.spot ? 'spot' : undefined]
        .filter((part) => part)
        .join(' · ') || undefined,
    code: codeText(summary),
  };
  return Object.entries(values).filter((entry): entry is [string, Cell] => entry[1] !== undefined);
}

function parameterCells(parameters: readonly RunParameter[]): readonly Named[] {
  return parameters.map(({ key, name, value, differs }) => {
    const column: CompareColumn = differs
      ? { ...parameter, id: `run:${key}`, title: `${name} (in run)`, names: [`run.${key}`] }
      : { ...parameter, id: `param:${key}`, title: name, names: [key, name.toLowerCase()] };
    return [column, parameterCell(value)];
  });
}

/** Numbers are compared as numbers, and shown as they were written. */
function parameterCell(value: string): Cell {
  const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(value) ? Number(value) : NaN;
  if (!Number.isFinite(number)) return value;
  return String(number) === value ? number : { value: number, text: value };
}

function metricCells(summary: RunSummary | undefined): readonly Named[] {
  return (summary?.metrics ?? []).flatMap(({ name, last, min, max }): Named[] => {
    const down = metricKind(name) === 'loss';
    const small = name.toLowerCase();
    const metric = { group: 'metric', kind: 'number', highestFirst: !down } as const;
    const best: CompareColumn = {
      ...metric,
      id: `best:${name}`,
      title: `${name} (${down ? 'lowest' : 'highest'})`,
      names: [small, `best.${small}`],
    };
    const final: CompareColumn = {
      ...metric,
      id: `last:${name}`,
      title: `${name} (last)`,
      names: [`last.${small}`, `final.${small}`],
    };
    return [
      [best, down ? min : max],
      [final, last],
    ];
  });
}

function runColumn(
  id: string,
  title: string,
  kind: ColumnKind,
  more: Partial<CompareColumn> = {},
): CompareColumn {
  return { id, title, group: 'run', kind, names: [id.toLowerCase()], ...more };
}

function codeText(summary: RunSummary | undefined): string | undefined {
  const git = summary?.submitted?.git;
  return git ? `${git.commit.slice(0, 8)}${git.dirty ? '*' : ''}` : undefined;
}

function hoursText(hours: number): string {
  return hours === 0 || hours >= 99.5 ? hours.toFixed(0) : hours.toPrecision(hours < 0.1 ? 1 : 3);
}
