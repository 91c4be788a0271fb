import * as vscode from 'vscode';
import { DeclinedError, ProviderError } from '../../core/errors';
import type { Machine } from '../../core/machine';
import type { Host } from '../host';
import { slowProgress } from '../slowProgress';
import { mayAttach } from '../trust';

/** Attaches to a machine where it is not yet, and says how that went wrong with what mends it. `false`: it is not attached. */
export async function attachTo(host: Host, machine: Machine): Promise<boolean> {
  if (machine.status.state === 'attached' || machine.status.state === 'reconnecting') return true;
  if (!(await mayAttach())) return false;
  const { attached } = await host.core.get();
  for (;;) {
    try {
      await slowProgress(`Attaching to ${machine.label}`, (signal) => attached.attach(machine, {}, signal));
      return true;
    } catch (error) {
      if (!(error instanceof ProviderError) || error instanceof DeclinedError) throw error;
      host.log.warn(`${error.kind}: ${error.message}`, ...(error.cause === undefined ? [] : [error.cause]));
      if (!(await offersRetry(host, machine, error))) return false;
    }
  }
}

/** Shows the failure until it is answered; `true` where the person wants to try again. */
async function offersRetry(host: Host, machine: Machine, error: ProviderError): Promise<boolean> {
  const { machines } = await host.core.get();
  const source = machines.known.entries.find(({ instance }) => instance.id === machine.id)?.instance.source;
  const [retry, open, showLog] = ['Retry', 'Open Configuration', 'Show Log'];
  const choices = [retry, ...(source === undefined ? [] : [open]), showLog];
  const chosen = await vscode.window.showErrorMessage(error.message, ...choices);
  if (chosen === open && source !== undefined) await vscode.window.showTextDocument(vscode.Uri.file(source));
  if (chosen === showLog) host.log.show();
  return chosen === retry;
}
