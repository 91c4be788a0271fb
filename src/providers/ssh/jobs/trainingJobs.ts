import type { SpendApproval } from '../../../core/costGuard';
import { ProviderError } from '../../../core/errors';
import type { JobSpec } from '../../../core/jobSpec/jobSpec';
import type { Machine } from '../../../core/machine';
import type {
  JobOutput,
  LogChunk,
  LogStreamId,
  Offer,
  Submission,
  TrainingJobs,
  Unsupported,
} from '../../../core/provider';
import type { JobStatus } from '../../../core/trainingJob';
import type { ProviderContext } from '../../context';
import { unsupported } from '../../launched/unsupported';
import { hostPrice } from '../hosts/hostPrice';
import { settle } from './claim';
import { hostPlace } from './hostPlace';
import { download } from './download';
import { HostScripts } from './hostScripts';
import { HostWatches } from './hostWatches';
import { logs } from './logs';
import { outputs } from './outputs';
import { readPlacement, type HostShare } from './placement';
import { plan, type HostPrices } from './plan';
import { status } from './status';
import { stop } from './stop';
import { submit } from './submit';
import { noSuchJob, watchStatus } from './watch';

export interface Host {
  /** What a person calls it. */
  readonly alias: string;
  readonly machine: Machine;
}

/**
 * Jobs on one or more machines that are reached over SSH, started by the launcher and independent of this computer. All state is on the
 * hosts, in `~/.trainyard/jobs`; on this computer is only which hosts were given which nodes.
 */
export class SshTrainingJobs implements TrainingJobs {
  private readonly hosts: ReadonlyMap<string, HostScripts>;
  private readonly watches: HostWatches;

  constructor(
    private readonly context: ProviderContext,
    /** Its id, such as `ssh/gpu-1` or `ssh/a,b`. */
    private readonly connection: string,
    hosts: readonly Host[],
    private readonly price: HostPrices = (alias) => hostPrice(context.setting, alias),
  ) {
    this.hosts = new Map(
      hosts.map(({ alias, machine }) => [alias, new HostScripts(alias, machine, context.remoteFolder)]),
    );
    this.watches = new HostWatches(this.scripts);
  }

  plan(spec: JobSpec, signal: AbortSignal): Promise<readonly Offer[]> {
    return plan(this.price, this.connection, [...this.hosts.values()], spec, signal);
  }

  unsupported(spec: JobSpec): readonly Unsupported[] {
    return unsupported(spec, hostPlace(this.connection));
  }

  submit(submission: Submission, _approval: SpendApproval<JobSpec>, signal: AbortSignal): Promise<void> {
    const { context, connection, scripts, price } = this;
    return submit(
      { context, connection, scripts, price, aliases: [...this.hosts.keys()] },
      submission,
      signal,
    );
  }

  settle(_id: string, folder: string, signal: AbortSignal): Promise<boolean> {
    return settle(folder, this.scripts, signal);
  }

  async status(id: string, folder: string, signal: AbortSignal): Promise<JobStatus> {
    const { scripts, context } = this;
    return status({ scripts, log: context.log }, id, await shares(id, folder), signal);
  }

  async *watch(id: string, folder: string, signal: AbortSignal): AsyncIterable<JobStatus> {
    const { watches, scripts, context } = this;
    yield* watchStatus({ watches, scripts, log: context.log }, id, await shares(id, folder), signal);
  }

  async stop(id: string, folder: string, reason: string, signal: AbortSignal): Promise<void> {
    await stop(this.scripts, id, await shares(id, folder), reason, signal);
  }

  async *logs(
    id: string,
    folder: string,
    stream: LogStreamId,
    from: string | undefined,
    signal: AbortSignal,
  ): AsyncIterable<LogChunk> {
    const { node } = stream;
    const share = shareOf(await shares(id, folder), node, id);
    yield* logs(this.watches, this.scripts(share.alias), share, stream, from, signal);
  }

  async outputs(id: string, folder: string, signal: AbortSignal): Promise<readonly JobOutput[]> {
    const all = await shares(id, folder);
    const lists = await Promise.all(all.map((share) => outputs(this.scripts(share.alias), share, signal)));
    return lists.flat();
  }

  async download(
    id: string,
    folder: string,
    output: string,
    to: string,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const node = Number(/^node-(\d{1,5})\//.exec(output)?.[1] ?? 0);
    const share = shareOf(await shares(id, folder), node, id);
    await download(this.scripts(share.alias), share, output, to, onProgress, signal);
  }

  async remove(id: string, folder: string, signal: AbortSignal): Promise<void> {
    const ends = await Promise.allSettled(
      (await shares(id, folder)).map(({ alias, job }) =>
        this.scripts(alias).ask(
          ['host.sh', 'remove', job],
          'The job’s folder can’t be deleted',
          { quiet: true },
          signal,
        ),
      ),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  private readonly scripts = (alias: string): HostScripts => {
    const found = this.hosts.get(alias);
    if (!found) throw new ProviderError('unavailable', `${this.connection} no longer has the host ${alias}.`);
    return found;
  };
}

function shareOf(all: readonly HostShare[], node: number, id: string): HostShare {
  const share = all.find(({ first, nodes }) => node >= first && node < first + nodes);
  if (!share) throw new ProviderError('notFound', `The job has no node ${node}: ${id}`);
  return share;
}

/** Which hosts were given which nodes. Throws `notFound` where the job never came so far. */
async function shares(id: string, folder: string): Promise<readonly HostShare[]> {
  const placement = await readPlacement(folder);
  if (placement?.kind !== 'hosts') throw noSuchJob(id);
  return placement.hosts;
}
