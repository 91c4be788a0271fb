import { hasEnded, type TrainingJob } from '../../../core/trainingJob';
import type { Jobs } from '../../../services/jobs/jobs';
import { jobDescription } from '../jobRow';
import { jobStateIcon } from '../jobStateIcon';
import { oneLine } from '../markdown';
import type { MachinePart, PartRow } from './machinePart';

/** The jobs that run on a machine; nothing while there are none. */
export function machineJobPart(jobs: Jobs): MachinePart {
  const running = (machine: string) =>
    jobs.list().filter((job) => !hasEnded(job.state) && runsOn(job.connection, machine));
  return {
    rows: ({ machine }) => machineJobRows(running(machine.id), Date.now()),
    onDidChange: (listener) =>
      jobs.onDidChange(() => {
        listener(undefined);
      }),
  };
}

/** Whether a connection is this machine, or several taken together with it among them: `ssh/a,b` has `ssh/a`. */
export function runsOn(connection: string, machine: string): boolean {
  const at = connection.indexOf('/') + 1;
  return connection
    .slice(at)
    .split(',')
    .some((name) => connection.slice(0, at) + name === machine);
}

export function machineJobRows(jobs: readonly TrainingJob[], now: number): readonly PartRow[] {
  if (jobs.length === 0) return [];
  return [
    {
      row: {
        id: 'jobs',
        label: `Jobs (${jobs.length})`,
        icon: { id: 'list-unordered' },
        contextValue: 'machineJobs',
        children: 'collapsed',
      },
      rows: jobs.map((job) => ({
        item: job.id,
        row: {
          id: `job/${job.id}`,
          label: oneLine(job.name, 80),
          description: oneLine(jobDescription(job, {}, now)),
          icon: jobStateIcon[job.state],
          contextValue: 'machineJob',
          command: { command: 'trainyard.job.open', title: 'Open Job', arguments: [job.id] },
        },
      })),
    },
  ];
}
