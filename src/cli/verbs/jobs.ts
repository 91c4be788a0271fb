import { startedElsewhere } from '../../core/jobListing';
import type { ListedJob } from '../../core/listedJob';
import { CancelledError, messageOf } from '../../core/errors';
import { costUsd, type TrainingJob } from '../../core/trainingJob';
import { agoText, costText, durationText } from '../../core/words';
import type { Core } from '../../services/core';
import { exitCode } from '../exitCode';
import type { CliHost } from '../host';
import type { RunnableVerb } from '../verb';

export const jobs: RunnableVerb = {
  usage: 'jobs [--all] [--json]',
  summary: 'List the jobs, newest first.',
  takes: 0,
  options: { all: { type: 'boolean' } },
  help: [
    '--all    also the jobs of your connections that were started elsewhere',
    '--json   [{"id", "name", "connection", "state", "rawState", "createdAt", "endedAt", "nodes", "hourlyUsd", "costUsd"}]',
  ],
  async run({ host, printer, flags, core }) {
    const now = host.now();
    const opened = await core();
    const list = opened.jobs.list();
    const others = flags.all ? await listOthers(opened, host) : [];
    if (flags.json) {
      const both = [...list.map((job) => asJson(job, now)), ...others.map(otherAsJson)];
      await printer.json(both.sort((a, b) => b.createdAt - a.createdAt));
    } else if (list.length + others.length === 0) {
      await printer.line('No jobs yet. Start one with: trainyard submit FILE');
    } else {
      const head = ['ID', 'STATE', 'CONNECTION', 'NODES', 'STARTED', 'TOOK', 'COST'];
      const rows = [
        ...list.map((job) => ({ at: job.createdAt, row: asRow(job, now) })),
        ...others.map((other) => ({ at: other.job.createdAt, row: otherAsRow(other, now) })),
      ];
      await printer.table([head, ...rows.sort((a, b) => b.at - a.at).map(({ row }) => row)]);
    }
    return exitCode.ok;
  },
};

/** A job that was started elsewhere, and where it is. */
interface Other {
  readonly connection: string;
  readonly job: ListedJob;
}

/** A connection that can't be asked now shows what was known before. */
async function listOthers({ jobs: here, jobLists }: Core, host: CliHost): Promise<readonly Other[]> {
  const others: Other[] = [];
  for (const connection of await jobLists.connections()) {
    try {
      await jobLists.refresh(connection, host.interrupted);
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      host.err.write(`The jobs of ${connection} may not all be here: ${messageOf(error)}\n`);
    }
    const { jobs: all } = jobLists.seen(connection);
    others.push(...startedElsewhere(all, connection, here.list()).map((job) => ({ connection, job })));
  }
  return others;
}

interface JobLine {
  readonly id: string;
  readonly name: string;
  readonly connection: string;
  readonly state: string;
  readonly rawState: string;
  readonly createdAt: number;
  readonly endedAt: number | null;
  /** `null` for a job that was started elsewhere: lists don't say it. */
  readonly nodes: number | null;
  readonly hourlyUsd: number | null;
  readonly costUsd: number | null;
}

/** Times in unix milliseconds; money that is not known is `null`. */
function asJson(job: TrainingJob, now: number): JobLine {
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

function otherAsJson({ connection, job }: Other): JobLine {
  const { id, name, state, rawState, createdAt, endedAt = null } = job;
  const unknown = { nodes: null, hourlyUsd: null, costUsd: null };
  return { id, name, connection, state, rawState, createdAt, endedAt, ...unknown };
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

function otherAsRow({ connection, job }: Other, now: number): string[] {
  const took = durationText((job.endedAt ?? now) - job.createdAt);
  return [job.id, job.state, connection, '?', agoText(job.createdAt, now), took, costText(undefined)];
}
