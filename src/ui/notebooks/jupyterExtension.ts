import * as vscode from 'vscode';
import { CancelledError } from '../../core/errors';
import { Disposables, type Disposable } from '../../lib/disposables';
import type { Core } from '../../services/core';
import { signalOf } from '../cancellation';
import { jupyterServers, type JupyterServerProvider } from './jupyterServers';
import { prepareServer } from './prepareServer';

export interface JupyterApi {
  createJupyterServerCollection(id: string, label: string, provider: JupyterServerProvider): Disposable;
}

/**
 * Offers the notebook servers of attached machines to the Jupyter extension, where it is installed and running: for its own features,
 * such as widgets. It reaches them through a port of this computer, with the server's token, which is handed out when it asks.
 */
export function offerToJupyter(core: Core, api: JupyterApi): Disposable {
  const held = new Disposables();
  const changed = held.add(new vscode.EventEmitter<void>());
  // The extension asks for the list again only when it is told to, and only attached machines are in it.
  for (const change of [core.machines.onDidChange, core.machines.onDidChangeStatus])
    held.add(
      change(() => {
        changed.fire();
      }),
    );
  const provider = jupyterServers({
    onDidChange: changed.event,
    machines: async () =>
      (await core.machines.list(new AbortController().signal)).map(({ machine }) => machine),
    reach: async (machine, token) => {
      const { server } = core.notebooks.on(machine);
      try {
        await prepareServer(server, core.attached, signalOf(token));
      } catch (error) {
        // By its own word for it; it shows every other error.
        if (error instanceof CancelledError) throw new vscode.CancellationError();
        throw error;
      }
      const { port } = await core.notebooks.tunnel(machine);
      return { port, token: server.known?.token ?? '' };
    },
    uri: (text) => vscode.Uri.parse(text),
  });
  held.add(api.createJupyterServerCollection('trainyard', 'Trainyard Machines', provider));
  return held;
}

/** The extension's API; `undefined` where it is not installed. */
export async function jupyterApi(): Promise<JupyterApi | undefined> {
  const extension = vscode.extensions.getExtension<Partial<JupyterApi>>('ms-toolsai.jupyter');
  if (!extension) return undefined;
  const api = await extension.activate();
  return api.createJupyterServerCollection ? (api as JupyterApi) : undefined;
}
