import { CancelledError, throwIfCancelled } from '../../core/errors';
import type { Machine } from '../../core/machine';

/** Resolves once the machine is attached. A person who detached it wants no connection made behind their back. */
export async function untilAttached(machine: Machine, signal: AbortSignal): Promise<void> {
  throwIfCancelled(signal);
  if (machine.status.state === 'attached') return;
  await new Promise<void>((resolve, reject) => {
    const done = (finish: () => void) => {
      subscription.dispose();
      signal.removeEventListener('abort', cancel);
      finish();
    };
    const cancel = () => {
      done(() => {
        reject(new CancelledError());
      });
    };
    const subscription = machine.onDidChangeStatus(({ state }) => {
      if (state === 'attached') done(resolve);
    });
    signal.addEventListener('abort', cancel, { once: true });
  });
}
