import type { ListedJob } from '../../core/listedJob';
import { hasEnded } from '../../core/trainingJob';
import { agoText, durationText } from '../../core/words';
import type { ListedJobs } from '../../services/jobs/jobLists';
import { jobStateIcon } from './jobStateIcon';
import { openClicked } from './jobRow';
import { oneLine, shortName } from './markdown';
import type { Row } from './row';
import type { Trouble } from './trouble';

/** Jobs of a connection that were started elsewhere. */
export interface Others {
  readonly kind: 'others';
  readonly connection: string;
}

export type OthersChild =
  | { readonly kind: 'listed'; readonly connection: string; readonly job: ListedJob }
  | { readonly kind: 'more'; readonly connection: string; readonly left: number }
  | Trouble;

/** Without those that are here. */
export type OthersSeen = Omit<ListedJobs, 'whole'> & Partial<Pick<ListedJobs, 'whole'>>;

/** So many are shown at first, and so many more each time. */
export const othersPage = 50;

/** What runs first, then the newest, and no more than `shown`. */
export function othersChildren(connection: string, seen: OthersSeen, shown: number): readonly OthersChild[] {
  const { jobs, problem } = seen;
  const running = jobs.filter(({ state }) => !hasEnded(state));
  const all = [...running, ...jobs.filter(({ state }) => hasEnded(state))];
  const label = 'The jobs can’t be listed now';
  return [
    ...(problem ? [{ kind: 'trouble' as const, id: `others/${connection}`, label, error: problem }] : []),
    ...all.slice(0, shown).map((job) => ({ kind: 'listed' as const, connection, job })),
    ...(all.length > shown ? [{ kind: 'more' as const, connection, left: all.length - shown }] : []),
  ];
}

export function othersRow({ connection }: Others, { jobs, loading, whole }: OthersSeen): Row {
  const count = jobs.length.toLocaleString('en-US');
  return {
    id: othersId(connection),
    label: oneLine(`Others on ${connection}${jobs.length > 0 || whole ? ` (${count})` : ''}`, 80),
    ...(loading && { description: 'loading…' }),
    contextValue: loading ? 'group loading' : 'group',
    tooltip: {
      title: `Jobs on ${connection} that were not submitted from here`,
      facts: [['Jobs', whole ? count : `${count} so far`]],
    },
    children: 'collapsed',
  };
}

export function othersId(connection: string): string {
  return `group/others/${connection}`;
}

export function othersChildRow(node: Exclude<OthersChild, Trouble>, now: number): Row {
  if (node.kind === 'more')
    return {
      id: `more/${node.connection}`,
      label: 'Show More…',
      description: `${node.left.toLocaleString('en-US')} older`,
      icon: { id: 'ellipsis' },
      contextValue: 'more',
      command: openClicked,
    };
  const { job, connection } = node;
  const over = hasEnded(job.state);
  const took = durationText((job.endedAt ?? (over ? job.changedAt : now)) - job.createdAt);
  return {
    id: `listed/${connection}/${job.id}`,
    label: shortName(job.name),
    name: oneLine(job.name),
    description: oneLine([job.state, took, agoText(job.createdAt, now)].join(' · ')),
    icon: jobStateIcon[job.state],
    contextValue: over || job.state === 'stopping' ? 'listed' : 'listed stoppable',
    tooltip: {
      title: job.name,
      facts: [
        ['State', job.rawState === '' ? job.state : `${job.state} (${job.rawState})`],
        ['Connection', connection],
        ['Submitted', new Date(job.createdAt).toLocaleString()],
      ],
    },
    command: openClicked,
  };
}
