import type { DescribeTrainingJobResponse, SecondaryStatusTransition } from '@aws-sdk/client-sagemaker';
import type { JobFact } from '../../../core/trainingJob';
import { durationText } from '../../../core/words';

/** At most so many transitions are shown: a spot job may have hundreds. */
const mostSteps = 20;
const longestFact = 200;

/** What SageMaker says of a job besides its state: for people. Nothing in it changes while nothing happens. */
export function jobFacts(job: DescribeTrainingJobResponse): readonly JobFact[] {
  const facts: JobFact[] = [];
  const steps = job.SecondaryStatusTransitions ?? [];
  const { TrainingTimeInSeconds: trained, BillableTimeInSeconds: billed } = job;
  const interruptions = steps.filter(({ Status }) => Status === 'Interrupted').length;
  const restarts = steps.filter(({ Status }) => Status === 'Restarting').length;
  if (billed !== undefined && billed !== trained)
    facts.push({
      label: 'Billed',
      value: `${durationText(billed * 1000)} of ${durationText((trained ?? billed) * 1000)} each node ran`,
    });
  if (job.EnableManagedSpotTraining && billed !== undefined && trained !== undefined && trained > 0)
    facts.push({ label: 'Spot saving', value: `${Math.round((1 - billed / trained) * 100)} %` });
  // What it has cost so far is counted at the price on demand.
  if (job.EnableManagedSpotTraining && billed === undefined)
    facts.push({ label: 'Spot', value: 'costs at most this' });
  if (interruptions > 0) facts.push({ label: 'Interruptions', value: String(interruptions) });
  if (restarts > 0) facts.push({ label: 'Restarts', value: String(restarts) });
  const shown = steps.slice(-mostSteps);
  const last = shown.at(-1);
  if (last)
    facts.push({
      label: 'SageMaker',
      value: (last.StatusMessage ?? last.Status ?? '').slice(0, longestFact),
      detail: shown.map(step),
    });
  return facts;
}

/**
 * Seconds that count at the price on demand, for spot too; `undefined` until SageMaker has said so, which is at the end. A job that never
 * began has no such word, and costs nothing.
 */
export function billedSeconds(job: DescribeTrainingJobResponse): number | undefined {
  return job.BillableTimeInSeconds ?? (job.TrainingStartTime ? undefined : 0);
}

/** Such as `12:04:31 Downloading: Downloading input data`; times of this computer. */
function step({ Status, StartTime, StatusMessage }: SecondaryStatusTransition): string {
  const time = StartTime ? `${StartTime.toTimeString().slice(0, 8)} ` : '';
  return `${time}${Status ?? ''}${StatusMessage === undefined ? '' : `: ${StatusMessage}`}`;
}
