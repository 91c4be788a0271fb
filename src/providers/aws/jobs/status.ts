import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import type { ExitRecord } from '../../../core/telemetry';
import { hasEnded, type JobExit, type JobNode, type JobStatus } from '../../../core/trainingJob';
import { statusOf, type NodeFacts } from '../../launched/jobStatus';
import { billedSeconds, jobFacts } from './jobFacts';
import { phaseOf, stateOf } from './states';
import { stepsOf } from './steps';

/** What besides SageMaker's word is known of a job. */
export interface JobEnd {
  /** Of one that has ended: by rank, as far as the nodes said. */
  readonly ends: ReadonlyMap<number, ExitRecord>;
  /** By rank, the phase that the launcher of a running node said last. */
  readonly phases?: ReadonlyMap<number, string>;
  /** Why somebody stopped it, in one line; absent where nobody did by Trainyard. */
  readonly stopReason?: string;
}

/** A job's status of what SageMaker says of it, and of what its nodes said at their end. */
export function statusFrom(job: DescribeTrainingJobResponse, end: JobEnd): JobStatus {
  const state = stateOf(job.TrainingJobStatus, job.SecondaryStatus);
  const common = {
    rawState: job.SecondaryStatus ?? job.TrainingJobStatus ?? 'unknown',
    ...(job.TrainingStartTime && { startedAt: job.TrainingStartTime.getTime() }),
    ...factsOf(job),
  };
  if (!hasEnded(state)) return { state, ...common, nodes: runningNodes(job, state, end.phases) };
  const endedAt = (job.TrainingEndTime ?? job.LastModifiedTime ?? job.CreationTime)?.getTime() ?? 0;
  const startedAt = job.TrainingStartTime?.getTime() ?? endedAt;
  const nodes = ranksOf(job).map((rank) => nodeFacts(rank, job, end));
  const own = statusOf({ startedAt, stopAsked: false, nodes });
  // A limit that the launcher kept is a failure to SageMaker.
  const decided = state === 'failed' && own.state === 'stopped' ? 'stopped' : state;
  const exit = decided === own.state || end.ends.size > 0 ? own.exit : undefined;
  return {
    state: decided,
    ...common,
    endedAt: Math.max(endedAt, startedAt),
    nodes: own.nodes,
    exit: exit ?? { reason: platformReason(job) },
  };
}

function runningNodes(
  job: DescribeTrainingJobResponse,
  state: JobStatus['state'],
  phases: JobEnd['phases'],
): readonly JobNode[] {
  const common = phaseOf(job.SecondaryStatus);
  return ranksOf(job).map((rank) => {
    const phase = common ?? phases?.get(rank);
    return { rank, state, ...(phase !== undefined && { phase }) };
  });
}

function ranksOf(job: DescribeTrainingJobResponse): readonly number[] {
  const { InstanceCount: one, InstanceGroups: groups } = job.ResourceConfig ?? {};
  const count = one ?? groups?.reduce((sum, group) => sum + (group.InstanceCount ?? 0), 0) ?? 1;
  return Array.from({ length: Math.min(count, 10_000) }, (_, rank) => rank);
}

/** How a node ended, in its own words, and where it said nothing, in SageMaker's. */
function nodeFacts(rank: number, job: DescribeTrainingJobResponse, end: JobEnd): NodeFacts {
  const own = end.ends.get(rank);
  return { rank, launched: true, exit: own ? told(own, job, end) : untold(job, end) };
}

/** A container that SageMaker ended knows only the signal; why it came is in SageMaker's word. */
function told(own: ExitRecord, job: DescribeTrainingJobResponse, end: JobEnd): ExitRecord {
  if (own.reasonKind !== 'stopped' || !/^stopped by SIG[A-Z]+$/.test(own.reason)) return own;
  if (job.TrainingJobStatus === 'Failed')
    return { ...own, reason: 'another node failed first', reasonKind: 'peer' };
  return { ...own, reason: end.stopReason ?? stopWords(job) };
}

function untold(job: DescribeTrainingJobResponse, end: JobEnd): ExitRecord {
  if (job.TrainingJobStatus === 'Completed')
    return { kind: 'exit', code: 0, reason: 'run finished', reasonKind: 'exit' };
  if (job.TrainingJobStatus === 'Stopped')
    return { kind: 'exit', reason: end.stopReason ?? stopWords(job), reasonKind: 'stopped' };
  const failed = [...end.ends.values()].some(({ code }) => code !== undefined && code !== 0);
  if (failed) return { kind: 'exit', reason: 'another node failed first', reasonKind: 'peer' };
  return { kind: 'exit', ...codeOf(job), reason: platformReason(job), reasonKind: 'lost' };
}

function stopWords(job: DescribeTrainingJobResponse): string {
  switch (job.SecondaryStatus) {
    case 'MaxRuntimeExceeded':
      return 'the longest time that SageMaker was told to let it run is over (max_duration, or what max_cost pays for)';
    case 'MaxWaitTimeExceeded':
      return 'there was not enough spot capacity in the longest time that it was told to wait';
    default:
      return 'stopped in SageMaker';
  }
}

function platformReason(job: DescribeTrainingJobResponse): string {
  return (
    job.FailureReason ?? job.SecondaryStatusTransitions?.at(-1)?.StatusMessage ?? 'SageMaker says no reason'
  );
}

/** `AlgorithmError: …, exit code: 7` */
function codeOf(job: DescribeTrainingJobResponse): Pick<JobExit, 'code'> {
  const found = /exit code: (\d{1,3})/i.exec(job.FailureReason ?? '')?.[1];
  return found === undefined ? {} : { code: Number(found) };
}

function factsOf(job: DescribeTrainingJobResponse): Pick<JobStatus, 'billedSeconds' | 'facts' | 'steps'> {
  const seconds = billedSeconds(job);
  const facts = jobFacts(job);
  const steps = stepsOf(job);
  return {
    ...(seconds !== undefined && { billedSeconds: seconds }),
    ...(facts.length > 0 && { facts }),
    ...(steps.length > 0 && { steps }),
  };
}
