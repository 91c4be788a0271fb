import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../../core/errors';
import { parseTelemetry, type ExitRecord } from '../../../../core/telemetry';
import { logStream, type LogSource } from './logSource';

/** Milliseconds by which a container's last line may be older than SageMaker's word that it uploads what it left. */
const margin = 300_000;

/**
 * How the nodes of a job ended, by their own last records in the log, as far as they are there: of each node that of its last container. Only
 * the container's own program writes a line that begins so; what a job writes like that comes in another form.
 */
export async function nodeEnds(
  source: LogSource,
  job: DescribeTrainingJobResponse,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, ExitRecord>> {
  const found = new Map<number, { readonly epoch: number; readonly record: ExitRecord }>();
  const query = { job: job.TrainingJobName ?? '', from: endOf(job) - margin, pattern: 'reasonKind' };
  try {
    for await (const page of source.pages(query, signal)) {
      for (const { logStreamName = '', message = '' } of page) {
        const stream = logStream(logStreamName);
        const record = parseTelemetry(message);
        if (!stream || record?.kind !== 'exit') continue;
        const before = found.get(stream.node);
        if (!before || before.epoch <= stream.epoch) found.set(stream.node, { epoch: stream.epoch, record });
      }
    }
  } catch (error) {
    // Who may not read logs may still see how the job is.
    if (!(error instanceof ProviderError && error.kind === 'forbidden')) throw error;
  }
  return new Map([...found].map(([node, { record }]) => [node, record]));
}

interface Waiting {
  /** Milliseconds after the job's end. */
  readonly patience: number;
  /** The job was seen before its end: it has ended now, whatever this computer's clock says, which may be ahead of AWS's. */
  readonly sawRun: boolean;
  readonly now: () => number;
  /** Rejects once `signal` is aborted. */
  readonly rest: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** The same, waited for: CloudWatch is seconds behind, and a machine that was lost says nothing. */
export async function awaitedEnds(
  source: LogSource,
  job: DescribeTrainingJobResponse,
  { patience, sawRun, now, rest }: Waiting,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, ExitRecord>> {
  const begun = now();
  const endedAt = (job.TrainingEndTime ?? job.LastModifiedTime)?.getTime() ?? 0;
  const since = sawRun ? begun : Math.min(begun, endedAt);
  const count = job.ResourceConfig?.InstanceCount ?? 1;
  for (;;) {
    // By the time at which the look begins: one that takes long saw nothing of what came meanwhile.
    const waited = now() - since;
    const ends = await nodeEnds(source, job, signal);
    if (ends.size >= count || waited >= patience) return ends;
    await rest(1000, signal);
  }
}

/** Unix milliseconds: when the containers had ended. */
function endOf(job: DescribeTrainingJobResponse): number {
  const uploading = job.SecondaryStatusTransitions?.findLast(({ Status }) => Status === 'Uploading');
  const end = uploading?.StartTime ?? job.TrainingEndTime ?? job.LastModifiedTime ?? job.CreationTime;
  return end?.getTime() ?? 0;
}
