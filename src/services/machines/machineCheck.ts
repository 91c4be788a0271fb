import { messageOf, throwIfCancelled } from '../../core/errors';
import type { Machine } from '../../core/machine';

/** What a short look at a machine tells. */
export type MachineCheck =
  | { readonly reachable: true; readonly gpus: readonly string[] }
  | { readonly reachable: false; readonly why: string };

/** Names of the GPUs, one a line; nothing where there is no driver, or where it does not answer in time. */
const look = 'timeout 4 nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null || true';

/** Connects without asking anything, looks, and lets go again. */
export async function checkMachine(
  machine: Machine,
  milliseconds: number,
  signal: AbortSignal,
): Promise<MachineCheck> {
  const wasDetached = machine.status.state === 'detached';
  const enough = AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
  try {
    const { stdout } = await machine.run(['sh', '-c', look], { quiet: true, maxBytes: 1 << 16 }, enough);
    const gpus = stdout
      .split('\n')
      .map((line) => line.replace(/\p{Cc}+/gu, ' ').trim())
      .filter((line) => line !== '' && line.length < 100);
    return { reachable: true, gpus };
  } catch (error) {
    throwIfCancelled(signal);
    return {
      reachable: false,
      why: enough.aborted ? `no answer in ${milliseconds / 1000} s` : messageOf(error),
    };
  } finally {
    if (wasDetached) machine.detach();
  }
}
