import { hasEnded, type JobNode, type TrainingJob } from '../../core/trainingJob';
import type { Submission } from '../submissions';
import { firstStepRow, type FirstStep } from './firstStep';
import { nodeRow, jobRow, type JobDetail } from './jobRow';
import { oneLine, shortName } from './markdown';
import { othersChildRow, othersRow, type Others, type OthersChild, type OthersSeen } from './othersNode';
import type { Row } from './row';
import { troubleRow, type Trouble } from './trouble';

export type JobsNode =
  | {
      readonly kind: 'group';
      readonly id: string;
      readonly label: string;
      readonly nodes: readonly JobsNode[];
    }
  | Others
  | OthersChild
  | { readonly kind: 'firstStep'; readonly step: FirstStep }
  | { readonly kind: 'submission'; readonly submission: Submission }
  | { readonly kind: 'job'; readonly job: TrainingJob }
  | { readonly kind: 'jobNode'; readonly job: TrainingJob; readonly node: JobNode }
  | Trouble;

export interface JobsViewState {
  /** Newest first. */
  readonly jobs: readonly TrainingJob[];
  readonly submissions: readonly Submission[];
  readonly troubles: readonly Trouble[];
  /** Ids of the connections whose jobs can be listed. */
  readonly lists?: readonly string[];
  /** What leads to a first job; absent where it is not known. */
  readonly step?: FirstStep;
}

const mostRecent = 50;

/** The top of the Jobs view; empty when there is nothing yet, so that the welcome shows. */
export function jobsNodes({
  jobs,
  submissions,
  troubles,
  lists = [],
  step,
}: JobsViewState): readonly JobsNode[] {
  const begun = new Set(submissions.map((submission) => beginningOf(submission, jobs)));
  const running = [
    ...submissions.map((submission): JobsNode => ({ kind: 'submission', submission })),
    ...jobs.filter((job) => !hasEnded(job.state) && !begun.has(job)).map(asNode),
  ];
  const ended = jobs.filter((job) => hasEnded(job.state));
  // Rows that are not the person's own hide the welcome, and lead nowhere.
  const hidden = jobs.length + submissions.length === 0 && troubles.length + lists.length > 0;
  return [
    ...troubles,
    ...(hidden && step !== undefined ? [{ kind: 'firstStep' as const, step }] : []),
    ...group('running', 'Running', running),
    ...group('recent', 'Recent', ended.slice(0, mostRecent).map(asNode)),
    ...group('older', 'Older', byMonth(ended.slice(mostRecent))),
    ...lists.map((connection): Others => ({ kind: 'others', connection })),
  ];
}

export function childrenOf(node: JobsNode): readonly JobsNode[] {
  switch (node.kind) {
    case 'group':
      return node.nodes;
    case 'job': {
      const { job } = node;
      return job.nodes.length > 1 ? job.nodes.map((one) => ({ kind: 'jobNode', job, node: one })) : [];
    }
    // Of which there are too many to be all made at once: the view asks for them.
    case 'others':
    case 'listed':
    case 'more':
    case 'firstStep':
    case 'submission':
    case 'jobNode':
    case 'trouble':
      return [];
  }
}

/** The same row with what is known of it now. The editor gives back the nodes that it was given first. */
export function renewed(node: JobsNode, { jobs, submissions }: Omit<JobsViewState, 'troubles'>): JobsNode {
  switch (node.kind) {
    case 'job': {
      const job = jobs.find(({ id }) => id === node.job.id);
      return job ? { kind: 'job', job } : node;
    }
    case 'jobNode': {
      const job = jobs.find(({ id }) => id === node.job.id);
      const one = job?.nodes.find(({ rank }) => rank === node.node.rank);
      return job && one ? { kind: 'jobNode', job, node: one } : node;
    }
    case 'submission': {
      const submission = submissions.find(({ key }) => key === node.submission.key);
      return submission ? { kind: 'submission', submission } : node;
    }
    case 'group':
    case 'others':
    case 'listed':
    case 'more':
    case 'firstStep':
    case 'trouble':
      return node;
  }
}

export function jobsRow(
  node: JobsNode,
  detail: JobDetail,
  now: number,
  seen: OthersSeen = { jobs: [], loading: false },
): Row {
  switch (node.kind) {
    case 'group':
      return {
        id: `group/${node.id}`,
        label: `${node.label} (${countJobs(node)})`,
        contextValue: 'group',
        children: node.id === 'running' || node.id === 'recent' ? 'expanded' : 'collapsed',
      };
    case 'submission':
      return {
        id: `submission/${node.submission.key}`,
        label: shortName(node.submission.name),
        name: oneLine(node.submission.name),
        description: oneLine(`${node.submission.message} · ${node.submission.connection}`),
        icon: { id: 'loading~spin', color: 'charts.blue' },
        contextValue: 'submission stoppable',
      };
    case 'job':
      return jobRow(node.job, detail, now);
    case 'jobNode':
      return nodeRow(node.job, node.node);
    case 'others':
      return othersRow(node, seen);
    case 'listed':
    case 'more':
      return othersChildRow(node, now);
    case 'firstStep':
      return firstStepRow(node.step);
    case 'trouble':
      return troubleRow(node);
  }
}

/** Which rows there are and how they are nested. While it stays, no row comes, goes or moves. */
export function shapeOf(nodes: readonly JobsNode[]): string {
  return JSON.stringify(nodes, (_, value: unknown) => {
    if (!isNode(value)) return value;
    const { id } = jobsRow(value, {}, 0);
    return value.kind === 'group' ? [id, ...value.nodes] : id;
  });
}

function isNode(value: unknown): value is JobsNode {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

/** The record that a submit of this window has made already: until it is through, they are one row. */
function beginningOf(
  { name, connection, startedAt }: Submission,
  jobs: readonly TrainingJob[],
): TrainingJob | undefined {
  return jobs.find(
    (job) =>
      job.state === 'starting' &&
      job.name === name &&
      job.connection === connection &&
      job.createdAt >= startedAt,
  );
}

function asNode(job: TrainingJob): JobsNode {
  return { kind: 'job', job };
}

function group(id: string, label: string, nodes: readonly JobsNode[]): JobsNode[] {
  return nodes.length > 0 ? [{ kind: 'group', id, label, nodes }] : [];
}

function byMonth(jobs: readonly TrainingJob[]): readonly JobsNode[] {
  const months = new Map<string, JobsNode[]>();
  for (const job of jobs) {
    const month = new Date(job.createdAt).toLocaleDateString('en', { month: 'long', year: 'numeric' });
    months.set(month, [...(months.get(month) ?? []), asNode(job)]);
  }
  return [...months].flatMap(([month, nodes]) => group(`older/${month}`, month, nodes));
}

function countJobs(node: JobsNode): number {
  return node.kind === 'group' ? node.nodes.reduce((sum, child) => sum + countJobs(child), 0) : 1;
}
