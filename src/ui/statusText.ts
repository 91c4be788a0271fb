import { hasEnded, type TrainingJob } from '../core/trainingJob';
import { countText } from '../core/words';

/** `2 jobs · $226/h`; `undefined` when nothing runs, so that nothing is shown. */
export function statusText(jobs: readonly TrainingJob[]): string | undefined {
  const running = jobs.filter((job) => !hasEnded(job.state));
  if (running.length === 0) return undefined;
  const known = running.reduce((sum, job) => sum + (job.hourlyUsd ?? 0), 0);
  const guess = running.some((job) => job.hourlyUsd === undefined) ? '≥ ' : '';
  const price = known > 0 ? ` · ${guess}$${known < 100 ? known.toFixed(2) : known.toFixed(0)}/h` : '';
  return `${countText(running.length, 'job')}${price}`;
}
