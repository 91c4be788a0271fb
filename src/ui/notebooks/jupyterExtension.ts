import * as vscode from 'vscode';
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
  held.add(
    core.machines.onDidChange(() => {
      changed.fire();
    }),
  );
  const provider = jupyterServers({
    onDidChange: changed.event,
    machines: async () =>
      (await core.machines.list(new AbortController().signal)).map(({ machine }) => machine),
    reach: async (machine, token) => {
      const { server } = core.notebooks.on(machine);
      await prepareServer(server, core.attached, signalOf(token));
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
