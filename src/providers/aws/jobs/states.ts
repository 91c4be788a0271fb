import type {
  DescribeTrainingJobResponse,
  SecondaryStatus,
  TrainingJobStatus,
} from '@aws-sdk/client-sagemaker';
import { hasEnded, type JobState } from '../../../core/trainingJob';

/** What SageMaker says of a job; `bySecondary` where its second word says more. */
const states: Record<TrainingJobStatus, JobState | 'bySecondary'> = {
  InProgress: 'bySecondary',
  Stopping: 'stopping',
  Completed: 'succeeded',
  Failed: 'failed',
  Stopped: 'stopped',
  // Its record goes; how it ended is not said any more.
  Deleting: 'unknown',
};

/** Its second word: the state of a job in progress, and the phase for people, where that says more than the state. */
const secondary: Record<SecondaryStatus, { readonly state: JobState; readonly phase?: string }> = {
  Pending: { state: 'queued' },
  Starting: { state: 'starting' },
  LaunchingMLInstances: { state: 'starting', phase: 'getting machines' },
  PreparingTrainingStack: { state: 'starting', phase: 'preparing machines' },
  Downloading: { state: 'starting', phase: 'downloading' },
  DownloadingTrainingImage: { state: 'starting', phase: 'pulling the image' },
  Training: { state: 'running' },
  Uploading: { state: 'running', phase: 'uploading' },
  Updating: { state: 'running' },
  Interrupted: { state: 'starting', phase: 'interrupted, waits for spot machines' },
  Restarting: { state: 'starting', phase: 'restarting' },
  Stopping: { state: 'stopping' },
  MaxRuntimeExceeded: { state: 'stopping' },
  MaxWaitTimeExceeded: { state: 'stopping' },
  Stopped: { state: 'stopping' },
  Completed: { state: 'running' },
  Failed: { state: 'running' },
};

export function stateOf(status: string | undefined, second: string | undefined): JobState {
  if (status === undefined || !Object.hasOwn(states, status)) return 'unknown';
  const state = states[status as TrainingJobStatus];
  return state === 'bySecondary' ? (secondaryOf(second)?.state ?? 'unknown') : state;
}

export function isOver(
  job: Pick<DescribeTrainingJobResponse, 'TrainingJobStatus' | 'SecondaryStatus'>,
): boolean {
  return hasEnded(stateOf(job.TrainingJobStatus, job.SecondaryStatus));
}

/** For people; `undefined` where the state says it all. */
export function phaseOf(second: string | undefined): string | undefined {
  return secondaryOf(second)?.phase;
}

/** Whether its containers were ever started: else none of them says anything. */
export function hasRun({
  SecondaryStatusTransitions: steps = [],
  TrainingStartTime: started,
}: DescribeTrainingJobResponse): boolean {
  return steps.length > 0 ? steps.some(({ Status }) => Status === 'Training') : started !== undefined;
}

function secondaryOf(second: string | undefined) {
  if (second === undefined || !Object.hasOwn(secondary, second)) return undefined;
  return secondary[second as SecondaryStatus];
}
