import type { Settings } from '../core/settings';
import type { TrainingJob } from '../core/trainingJob';
import { durationText } from '../core/words';
import { oneLine } from './trees/markdown';

/** Whether this end is one that the person wants to hear of. One who stopped a job knows that it stopped. */
export function isAnnounced(job: TrainingJob, wanted: Settings['trainyard.notifications.jobEnded']): boolean {
  if (wanted === 'none' || job.state === 'stopped') return false;
  return wanted === 'all' || job.state === 'failed';
}

/** `digits succeeded on local after 41 s.` or `digits failed on local after 41 s: run exited with code 1` */
export function endedText(job: TrainingJob): string {
  const took =
    job.endedAt === undefined ? '' : ` after ${durationText(job.endedAt - (job.startedAt ?? job.createdAt))}`;
  const why = job.state === 'failed' && job.exit ? `: ${oneLine(job.exit.reason, 200)}` : '.';
  return `${oneLine(job.name, 80)} ${job.state} on ${job.connection}${took}${why}`;
}
