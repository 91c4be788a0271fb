import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../../core/errors';
import { parseTelemetry } from '../../../../core/telemetry';
import { logStream, type LogSource } from './logSource';

/** Milliseconds between two looks at one job: each is a call of a quota that its log needs more. */
const pace = 10_000;
/** Lines come late, and not in the order of their times. */
const overlap = 60_000;

interface Seen {
  readonly at: number;
  readonly newest: number;
  /** By rank: the phase that began last. */
  readonly last: ReadonlyMap<number, { readonly epoch: number; readonly t: number; readonly phase: string }>;
}

/** Which phase the launchers of running jobs said last that they began: `setup`, `run` or `collect`. */
export class NodePhases {
  private readonly seen = new Map<string, Seen>();

  constructor(
    private readonly source: LogSource,
    private readonly now: () => number,
  ) {}

  /** By rank, of the nodes that said any. What can't be read now is as it was. */
  async of(job: DescribeTrainingJobResponse, signal: AbortSignal): Promise<ReadonlyMap<number, string>> {
    const id = job.TrainingJobName ?? '';
    const before = this.seen.get(id);
    if (before && this.now() - before.at < pace) return phases(before);
    const last = new Map(before?.last);
    let newest = before?.newest ?? (job.TrainingStartTime ?? job.CreationTime)?.getTime() ?? 0;
    const query = { job: id, from: newest - overlap, pattern: 'kind phase state' };
    try {
      for await (const page of this.source.pages(query, signal)) {
        for (const { logStreamName = '', message = '', timestamp = 0 } of page) {
          const stream = logStream(logStreamName);
          const record = parseTelemetry(message);
          if (!stream || record?.kind !== 'phase' || record.state !== 'start') continue;
          newest = Math.max(newest, timestamp);
          const known = last.get(stream.node);
          const { t = 0 } = record;
          const isOlder =
            known && (known.epoch > stream.epoch || (known.epoch === stream.epoch && known.t > t));
          if (isOlder) continue;
          last.set(stream.node, { epoch: stream.epoch, t, phase: record.phase });
        }
      }
    } catch (error) {
      // Whoever may not read logs, or asks too often, may still see how the job is.
      if (!(error instanceof ProviderError)) throw error;
    }
    const found = { at: this.now(), newest, last };
    this.seen.set(id, found);
    return phases(found);
  }

  /** Of a job that has ended. */
  forget(id: string): void {
    this.seen.delete(id);
  }
}

function phases({ last }: Seen): ReadonlyMap<number, string> {
  return new Map([...last].map(([rank, { phase }]) => [rank, phase]));
}
