import { join } from 'node:path';
import type { SpendApproval } from '../../core/costGuard';
import { ProviderError } from '../../core/errors';
import { jobFolder } from '../../core/jobFolder';
import type { JobSpec } from '../../core/jobSpec/jobSpec';
import type {
  JobOutput,
  LogChunk,
  LogStreamId,
  Offer,
  Submission,
  TrainingJobs,
  Unsupported,
} from '../../core/provider';
import { hasEnded, type JobStatus } from '../../core/trainingJob';
import type { ProviderContext } from '../context';
import { unsupported } from '../launched/unsupported';
import { readClaim, settleClaim, type Claim } from './claim';
import { JobReader } from './jobReader';
import { logs } from './logs';
import { LostNodes } from './lostNodes';
import { nodeRanks, readExit } from './nodeFiles';
import { outputs } from './outputs';
import { plan } from './plan';
import { stop } from './stop';
import { submit } from './submit';
import { thisComputer } from './thisComputer';
import { watchStatus } from './watch';

/** How often a log that stands still asks whether its job is still there at all. */
const lostCheck = 2000;

/** Jobs as processes of this computer, started by the launcher and independent of this process. All state is in their folders. */
export class LocalTrainingJobs implements TrainingJobs {
  private readonly lost: LostNodes;

  constructor(private readonly context: ProviderContext) {
    this.lost = new LostNodes(context);
  }

  plan(spec: JobSpec, signal: AbortSignal): Promise<readonly Offer[]> {
    return plan(this.context, spec, signal);
  }

  unsupported(spec: JobSpec): readonly Unsupported[] {
    return unsupported(spec, thisComputer);
  }

  submit(submission: Submission, _approval: SpendApproval<JobSpec>, signal: AbortSignal): Promise<void> {
    return submit(this.context, submission, signal);
  }

  settle(_id: string, folder: string): Promise<boolean> {
    return settleClaim(folder);
  }

  status(id: string, folder: string): Promise<JobStatus> {
    return new JobReader(id, folder, this.lost).status();
  }

  watch(id: string, folder: string, signal: AbortSignal): AsyncIterable<JobStatus> {
    return watchStatus(new JobReader(id, folder, this.lost), folder, signal);
  }

  async stop(id: string, folder: string, reason: string): Promise<void> {
    const claim = await started(id, folder);
    if (hasEnded((await this.status(id, folder)).state)) return;
    await stop(folder, claim, reason);
  }

  async *logs(
    id: string,
    folder: string,
    stream: LogStreamId,
    from: string | undefined,
    signal: AbortSignal,
  ): AsyncIterable<LogChunk> {
    await started(id, folder);
    if (!(await nodeRanks(folder)).includes(stream.node))
      throw new ProviderError('notFound', `The job has no node ${stream.node}: ${id}`);
    let next = performance.now() + lostCheck;
    const isOver = async () => {
      if (await readExit(folder, stream.node)) return true;
      if (performance.now() < next) return false;
      next = performance.now() + lostCheck;
      return hasEnded((await this.status(id, folder)).state);
    };
    yield* logs(this.logFile(folder, stream), from, isOver, signal);
  }

  logFile(folder: string, { node, channel }: LogStreamId): string {
    return join(folder, jobFolder[channel](node));
  }

  async outputs(id: string, folder: string, signal: AbortSignal): Promise<readonly JobOutput[]> {
    await started(id, folder);
    return outputs(folder, signal);
  }
}

async function started(id: string, folder: string): Promise<Extract<Claim, { kind: 'started' }>> {
  const claim = await readClaim(folder);
  if (claim?.kind === 'started') return claim;
  throw new ProviderError('notFound', `There is no such job on this computer: ${id}`);
}
