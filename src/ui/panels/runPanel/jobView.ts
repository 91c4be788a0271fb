import { costUsd, hasEnded } from '../../../core/trainingJob';
import type { JobExit, TrainingJob } from '../../../core/trainingJob';
import { costText, durationText, hourlyText } from '../../../core/words';
import type { ClockView, JobView, NodeView } from '../../../protocol/runPanel';

/** The job in the words that the panel shows. */
export function jobView(job: TrainingJob, now: number, failure?: Error): JobView {
  return {
    id: job.id,
    name: job.name,
    state: job.state,
    rawState: job.rawState,
    connection: job.connection,
    createdAt: job.createdAt,
    ...(job.startedAt !== undefined && { startedAt: job.startedAt }),
    ...(job.endedAt !== undefined && { endedAt: job.endedAt }),
    ended: hasEnded(job.state),
    ...(job.exit && { reason: job.exit.reason }),
    ...(failure && { unheard: failure.message }),
    clock: clockView(job, now),
    nodes: nodeViews(job),
    ...(job.platformId !== undefined && { elsewhere: true as const }),
    facts: (job.facts ?? []).map(({ label, value, detail }) => ({
      text: `${label}: ${value}`,
      ...(detail && { detail: detail.join('\n') }),
    })),
  };
}

export function clockView(job: TrainingJob, now: number): ClockView {
  const from = job.startedAt ?? job.createdAt;
  return {
    elapsed: durationText((job.endedAt ?? now) - from),
    cost: costText(costUsd(job, now)),
    price: hourlyText(job.hourlyUsd),
  };
}

/** All nodes that were asked for, also those that have not told anything yet. */
function nodeViews(job: TrainingJob): readonly NodeView[] {
  const known = new Map(job.nodes.map((node) => [node.rank, node]));
  const count = Math.max(job.spec.num_nodes, ...job.nodes.map((node) => node.rank + 1));
  return Array.from({ length: count }, (_, rank): NodeView => {
    const node = known.get(rank);
    const exit = node?.exit ? exitText(node.exit) : '';
    if (!node) return { rank, state: hasEnded(job.state) ? 'unknown' : 'queued' };
    return {
      rank,
      state: node.state,
      ...(node.phase !== undefined && { phase: node.phase }),
      ...(exit !== '' && { exit }),
      ...(node.exit && { reason: node.exit.reason }),
    };
  });
}

/** `exit code 1`, `SIGKILL`. */
export function exitText(exit: Pick<JobExit, 'code' | 'signal'>): string {
  if (exit.signal) return exit.signal;
  return exit.code === undefined ? '' : `exit code ${exit.code}`;
}
