import { hasEnded, type TrainingJob } from '../../core/trainingJob';

/** What can be done with a job now. The names are the tags in `contextValue` that menus test. */
export const jobAbilities = {
  stoppable: (job: TrainingJob) => !hasEnded(job.state) && job.state !== 'stopping',
  deletable: (job: TrainingJob) => hasEnded(job.state),
  /** What was started elsewhere has no job file. */
  resubmittable: (job: TrainingJob) => job.platformId === undefined,
  editable: (job: TrainingJob) => job.source !== undefined,
} as const;

/** Such as `trainingJob stoppable editable`. */
export function jobContextValue(job: TrainingJob): string {
  const able = Object.entries(jobAbilities).filter(([, can]) => can(job));
  return ['trainingJob', ...able.map(([name]) => name)].join(' ');
}
