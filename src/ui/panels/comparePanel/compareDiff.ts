import type { RunParameter } from '../../../core/runParameters';
import type { TrainingJob } from '../../../core/trainingJob';
import { costUsd } from '../../../core/trainingJob';
import { costText, durationText } from '../../../core/words';
import type { DiffRow, DiffSection } from '../../../protocol/comparePanel';
import type { Fact } from '../../../protocol/runPanel';
import type { JobRecord } from '../../../services/jobs/jobRecord';
import type { RunSummary } from '../../../services/metrics/runSummary';
import { hardwareText } from '../runPanel/runHardware';
import { specView } from '../runPanel/specView';

/** What is known of one of two runs. */
export interface DiffRun {
  readonly job: TrainingJob;
  readonly parameters: readonly RunParameter[];
  readonly summary: RunSummary | undefined;
  readonly record: JobRecord | undefined;
}

/** Two runs side by side, in sections; rows that are equal are among them. */
export function compareDiff(a: DiffRun, b: DiffRun, now: number): readonly DiffSection[] {
  const [first, second] = [a, b].map((run) => sectionsOf(run, now));
  return Object.keys(first ?? {}).map((title) => ({
    title,
    rows: paired(first?.[title] ?? [], second?.[title] ?? []),
  }));
}

function sectionsOf(
  { job, parameters, summary, record }: DiffRun,
  now: number,
): Record<string, readonly Fact[]> {
  const { facts, envs } = specView(job, record, null);
  const envNames = new Set(envs.map(({ name }) => name));
  const code = ['Commit', 'Workdir', 'Job file'];
  const cost = costText(costUsd(job, now));
  return {
    Result: [
      { name: 'State', value: job.state },
      ...(job.exit && job.state !== 'succeeded' ? [{ name: 'Reason', value: job.exit.reason }] : []),
      { name: 'Duration', value: durationText((job.endedAt ?? now) - (job.startedAt ?? job.createdAt)) },
      { name: 'Cost', value: cost },
      ...(summary?.metrics ?? []).map(({ name, last }) => ({
        name,
        value: String(Number(last.toPrecision(6))),
      })),
    ],
    // Those of the environment are in a section of their own.
    Parameters: parameters
      .filter(({ name }) => !envNames.has(name))
      .map(({ name, value }) => ({ name, value })),
    Environment: envs,
    Code: facts.filter(({ name }) => code.includes(name)),
    'Machine and Resources': [
      ...facts.filter(({ name }) => !code.includes(name) && name !== 'Job ID'),
      ...(summary && summary.nodes.length > 0 ? [{ name: 'Hardware', value: hardwareText(summary) }] : []),
    ],
  };
}

/** By name; several of one name are one row of several lines. */
function paired(a: readonly Fact[], b: readonly Fact[]): readonly DiffRow[] {
  const [left, right] = [byName(a), byName(b)];
  return [...new Set([...left.keys(), ...right.keys()])].map((name) => ({
    name,
    a: left.get(name) ?? null,
    b: right.get(name) ?? null,
  }));
}

function byName(facts: readonly Fact[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const { name, value } of facts) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before}\n${value}`);
  }
  return values;
}
