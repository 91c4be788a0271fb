import { costUsd, hasEnded, type JobNode, type TrainingJob } from '../../core/trainingJob';
import { agoText, costText, countText, durationText, hourlyText } from '../../core/words';
import { jobAbilities, jobContextValue } from './jobAbilities';
import { jobStateIcon } from './jobStateIcon';
import { oneLine, shortName } from './markdown';
import type { Row, Tooltip } from './row';

/** What the view found out about a job besides its state; absent until it has. */
export interface JobDetail {
  /** Such as `loss 0.21`. */
  readonly figures?: readonly string[];
  /** One line: why it failed. */
  readonly failure?: string;
  /** Rank of the node that it failed on. */
  readonly node?: number;
}

/**
 * What a click does. It has no arguments, as the editor forgets those of a row that is drawn again, which is each few seconds,
 * before it draws it, and the click is lost.
 */
export const openClicked = { command: '_trainyard.jobs.openClicked', title: 'Open Job', arguments: [] };

export function jobRow(job: TrainingJob, detail: JobDetail, now: number): Row {
  return {
    id: `job/${job.id}`,
    label: shortName(job.name),
    name: oneLine(job.name),
    description: oneLine(jobDescription(job, detail, now)),
    icon: jobStateIcon[job.state],
    tooltip: jobTooltip(job, detail, now),
    contextValue: jobContextValue(job),
    ...(job.nodes.length > 1 && { children: 'collapsed' as const }),
    command: openClicked,
  };
}

/** What one wants to know now, most important first: a side bar has no room for all. */
export function jobDescription(job: TrainingJob, detail: JobDetail, now: number): string {
  const { connection, state } = job;
  const nodes = job.spec.num_nodes > 1 ? [countText(job.spec.num_nodes, 'node')] : [];
  const figures = detail.figures ?? [];
  const elapsed = elapsedText((job.endedAt ?? now) - (job.startedAt ?? job.createdAt));
  switch (state) {
    case 'queued':
    case 'starting':
      return join([state, ...nodes, elapsed, connection]);
    case 'running':
      return join([...nodes, elapsed, ...running(job), ...figures, connection]);
    case 'stopping':
      return join([state, ...nodes, elapsed, connection]);
    case 'succeeded':
      return join([elapsed, ...figures, costText(costUsd(job, now)), connection]);
    case 'stopped':
      return join([state, elapsed, ...figures, costText(costUsd(job, now)), connection]);
    case 'failed':
      return join([failureText(job, detail), elapsed, connection]);
    case 'unknown':
      return join([`state unknown: ${job.rawState}`, connection]);
  }
}

/** Whole minutes from the first on, so that a row says `3 m` and not how many seconds more. */
export function elapsedText(milliseconds: number): string {
  return durationText(milliseconds < 60_000 ? milliseconds : milliseconds - (milliseconds % 60_000));
}

/** The line of one node of a job. */
export function nodeRow(job: TrainingJob, node: JobNode): Row {
  const why = node.exit && node.state !== 'succeeded' ? [node.exit.reason] : [];
  const phase = node.phase !== undefined && !hasEnded(node.state) ? [node.phase] : [];
  return {
    id: `job/${job.id}/${node.rank}`,
    label: `node ${node.rank}`,
    description: oneLine(join([node.state, ...phase, ...why])),
    icon: jobStateIcon[node.state],
    contextValue: 'jobNode',
    command: openClicked,
  };
}

function failureText(job: TrainingJob, detail: JobDetail): string {
  const rank = detail.node ?? job.exit?.node;
  const node = rank !== undefined && job.spec.num_nodes > 1 ? `node ${rank}: ` : '';
  return `${node}${detail.failure ?? job.exit?.reason ?? 'failed'}`;
}

/** The price is left out only where it is known to be nothing. */
function running(job: TrainingJob): string[] {
  return job.hourlyUsd === 0 ? [] : [hourlyText(job.hourlyUsd)];
}

function jobTooltip(job: TrainingJob, detail: JobDetail, now: number): Tooltip {
  const time = (at: number) => `${new Date(at).toLocaleString()} (${agoText(at, now)})`;
  const facts: [string, string | undefined][] = [
    [
      'State',
      job.rawState === '' || job.rawState === job.state ? job.state : `${job.state} (${job.rawState})`,
    ],
    ['Reason', detail.failure ?? job.exit?.reason],
    ['Connection', job.connection],
    ['Nodes', String(job.spec.num_nodes)],
    ['Submitted', time(job.createdAt)],
    ['Started', job.startedAt === undefined ? undefined : time(job.startedAt)],
    ['Ended', job.endedAt === undefined ? undefined : time(job.endedAt)],
    ['Took', job.startedAt === undefined ? undefined : durationText((job.endedAt ?? now) - job.startedAt)],
    ['Metrics', detail.figures?.length ? detail.figures.join(' · ') : undefined],
    ['Price', hourlyText(job.hourlyUsd)],
    ['Cost', costText(costUsd(job, now))],
    ...(job.facts ?? []).map(({ label, value }): [string, string] => [label, value]),
    ['Job file', job.source],
    ['ID', job.platformId ?? job.id],
  ];
  const link = (title: string, command: string) => ({ title, command, arguments: [job.id] });
  return {
    title: job.name,
    facts: facts.filter((fact): fact is [string, string] => fact[1] !== undefined),
    links: [
      link('Open', 'trainyard.job.open'),
      ...(jobAbilities.resubmittable(job) ? [link('Resubmit…', 'trainyard.job.resubmit')] : []),
      ...(job.source === undefined ? [] : [link('Edit Job File', 'trainyard.job.editFile')]),
    ],
  };
}

function join(parts: readonly string[]): string {
  return parts.join(' · ');
}
