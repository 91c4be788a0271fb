import * as vscode from 'vscode';
import { signalOf } from '../cancellation';
import type { AttachedMachines } from '../../services/machines/attachedMachines';
import type { JupyterServer } from '../../services/notebooks/jupyterServer';
import { serverPrompts } from './serverPrompts';

/** Attaches the machine and has its notebook server run, with its progress shown where a person can stop it. */
export async function prepareServer(
  server: JupyterServer,
  attached: AttachedMachines,
  signal: AbortSignal,
): Promise<void> {
  const { machine } = server;
  await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: `Notebooks on ${machine.label}`,
      cancellable: true,
    },
    async (progress, token) => {
      const either = AbortSignal.any([signal, signalOf(token)]);
      const say = (message: string) => {
        progress.report({ message });
      };
      if (machine.status.state === 'detached') {
        say('Attaching');
        await attached.attach(machine, {}, either);
      }
      await server.ensure(serverPrompts(machine.label, say), either);
    },
  );
}
