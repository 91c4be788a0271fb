import type {
  DescribeTrainingJobResponse,
  SecondaryStatus,
  SecondaryStatusTransition,
} from '@aws-sdk/client-sagemaker';
import type { JobStep } from '../../../core/trainingJob';

/** Of a spot job that is interrupted again and again only the last are kept. */
const most = 100;
const longestLabel = 200;

/** What each of SageMaker's steps is to people; `undefined` for an end, which the job's own state and reason tell. */
const words: Record<SecondaryStatus, Pick<JobStep, 'kind' | 'label'> | undefined> = {
  Pending: { kind: 'work', label: 'waiting in the queue' },
  Starting: { kind: 'work', label: 'starting' },
  LaunchingMLInstances: { kind: 'work', label: 'getting machines' },
  PreparingTrainingStack: { kind: 'work', label: 'preparing machines' },
  Downloading: { kind: 'work', label: 'downloading input' },
  DownloadingTrainingImage: { kind: 'work', label: 'pulling the image' },
  Training: { kind: 'run', label: 'training' },
  Updating: { kind: 'work', label: 'updating' },
  Uploading: { kind: 'work', label: 'uploading outputs' },
  Interrupted: { kind: 'restart', label: 'spot machines were taken away' },
  Restarting: { kind: 'restart', label: 'restarted after a failure of SageMaker’s' },
  Stopping: { kind: 'stop', label: 'stopping' },
  MaxRuntimeExceeded: { kind: 'stop', label: 'stopped at the longest run time' },
  MaxWaitTimeExceeded: { kind: 'stop', label: 'stopped at the longest wait for spot machines' },
  Stopped: undefined,
  Completed: undefined,
  Failed: undefined,
};

/** What SageMaker did with a job, and when: oldest first. */
export function stepsOf({
  SecondaryStatusTransitions: all = [],
}: DescribeTrainingJobResponse): readonly JobStep[] {
  return all.flatMap((step, index) => stepOf(step, all[index + 1]) ?? []).slice(-most);
}

function stepOf(
  { Status, StartTime, EndTime }: SecondaryStatusTransition,
  next: SecondaryStatusTransition | undefined,
): JobStep | undefined {
  if (!StartTime || Status === undefined) return undefined;
  const known = Object.hasOwn(words, Status)
    ? words[Status]
    : { kind: 'work' as const, label: Status.slice(0, longestLabel) };
  if (!known) return undefined;
  const from = StartTime.getTime();
  const to = EndTime ?? next?.StartTime;
  return { ...known, from, ...(to && { to: Math.max(from, to.getTime()) }) };
}
