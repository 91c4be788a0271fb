import { costUsd, type TrainingJob } from '../../core/trainingJob';
import { agoText, costText, durationText } from '../../core/words';
import { exitCode } from '../exitCode';
import type { RunnableVerb } from '../verb';

export const jobs: RunnableVerb = {
  usage: 'jobs [--json]',
  summary: 'List the jobs, newest first.',
  takes: 0,
  options: {},
  help: [
    '--json   [{"id", "name", "connection", "state", "rawState", "createdAt", "endedAt", "nodes", "hourlyUsd", "costUsd"}]',
  ],
  async run({ host, printer, flags, core }) {
    const now = host.now();
    const list = (await core()).jobs.list();
    if (flags.json) {
      await printer.json(list.map((job) => asJson(job, now)));
    } else if (list.length === 0) {
      await printer.line('No jobs yet. Start one with: trainyard submit FILE');
    } else {
      const head = ['ID', 'STATE', 'CONNECTION', 'NODES', 'STARTED', 'TOOK', 'COST'];
      await printer.table([head, ...list.map((job) => asRow(job, now))]);
    }
    return exitCode.ok;
  },
};

/** Times in unix milliseconds; money that is not known is `null`. */
function asJson(job: TrainingJob, now: number): object {
  return {
    id: job.id,
    name: job.name,
    connection: job.connection,
    state: job.state,
    rawState: job.rawState,
    createdAt: job.createdAt,
    endedAt: job.endedAt ?? null,
    nodes: job.spec.num_nodes,
    hourlyUsd: job.hourlyUsd ?? null,
    costUsd: costUsd(job, now) ?? null,
  };
}

function asRow(job: TrainingJob, now: number): string[] {
  const took = durationText((job.endedAt ?? now) - (job.startedAt ?? job.createdAt));
  const nodes = String(job.spec.num_nodes);
  return [
    job.id,
    job.state,
    job.connection,
    nodes,
    agoText(job.createdAt, now),
    took,
    costText(costUsd(job, now)),
  ];
}
