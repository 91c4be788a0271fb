import { ProviderError } from '../../core/errors';
import { idleShutdownProblem, type IdleProspect, type IdleShutdown } from '../../core/idleShutdown';
import type { Core } from '../core';

type Parts = Pick<Core, 'machines'>;

/** What stops a machine that nobody uses, as its platform does it, and what could be set. Throws `ProviderError`. */
export async function idleProspect(
  { machines }: Parts,
  id: string,
  signal: AbortSignal,
): Promise<IdleProspect> {
  return (await idleShutdownOf(machines, id)).look(id, signal);
}

/** `null`: off. Gives what holds from now on. Throws `ProviderError`, and then nothing was changed, or it says what was. */
export async function setIdleShutdown(
  { machines }: Parts,
  id: string,
  minutes: number | null,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<IdleProspect> {
  const platform = await idleShutdownOf(machines, id);
  const before = await platform.look(id, signal);
  const problem = minutes === null ? before.offProblem : before.problem;
  if (problem !== undefined) throw new ProviderError('conflict', problem);
  const wrong = minutes === null ? undefined : idleShutdownProblem(minutes, before);
  if (wrong !== undefined) throw new ProviderError('invalid', wrong);
  await platform.set(id, minutes, onProgress, signal);
  await machines.refresh();
  return platform.look(id, signal);
}

async function idleShutdownOf(machines: Parts['machines'], id: string): Promise<IdleShutdown> {
  const { idleShutdown } = await machines.platform(id);
  if (!idleShutdown)
    throw new ProviderError(
      'invalid',
      `Its platform stops nothing when nobody uses it. Its watchdog does, once it is armed in the editor: ${id}`,
    );
  return idleShutdown;
}
