import type { SpendApproval } from '../../core/costGuard';
import { messageOf, ProviderError } from '../../core/errors';
import type { InstancePower, InstanceStart, PowerOff } from '../../core/instance';
import type { Log } from '../../core/log';
import type { Offer } from '../../core/provider';
import { hasEnded, type TrainingJob } from '../../core/trainingJob';
import type { Core } from '../core';

type Parts = Pick<Core, 'machines' | 'attached' | 'jobs'>;
type OnProgress = (message: string) => void;

/** What it would cost to start a machine. Throws `ProviderError` where that can't be done. */
export async function startOffer({ machines }: Parts, id: string, signal: AbortSignal): Promise<Offer> {
  const offer = await (await powerOf(machines, id)).offer(id, signal);
  if (!offer.possible) throw new ProviderError('conflict', offer.why);
  return offer;
}

/** Done when the platform says that it runs. */
export async function startMachine(
  { machines }: Parts,
  approval: SpendApproval<InstanceStart>,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<void> {
  const power = await powerOf(machines, approval.spec.instance);
  await power.start(approval, onProgress, signal);
  await machines.refresh();
}

/** Done when the platform says that it is stopped. Then it is detached too: nothing is to be connected to again. */
export async function stopMachine(
  { machines, attached }: Parts,
  id: string,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<void> {
  const power = await powerOf(machines, id);
  await power.stop(id, onProgress, signal);
  await attached.detach(await machines.get(id));
  await machines.refresh();
}

/** The jobs that end with the machine. */
export function jobsOn({ jobs }: Parts, id: string): readonly TrainingJob[] {
  return jobs.list().filter((job) => job.connection === id && !hasEnded(job.state));
}

/** What its platform does to a machine that powers itself off; `undefined` where nobody says, or it may not be asked. */
export async function poweredOff(
  { machines }: Pick<Parts, 'machines'>,
  id: string,
  log: Log,
  signal: AbortSignal,
): Promise<PowerOff | undefined> {
  try {
    return await (await machines.platform(id)).power?.poweredOff?.(id, signal);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    log.warn(messageOf(error));
    return undefined;
  }
}

async function powerOf(machines: Parts['machines'], id: string): Promise<InstancePower> {
  const { power } = await machines.platform(id);
  if (!power)
    throw new ProviderError(
      'invalid',
      `Trainyard can’t start or stop this machine, as nothing says who rents it to you: ${id}`,
    );
  return power;
}
