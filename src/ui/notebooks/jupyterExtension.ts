import * as vscode from 'vscode';
import type { Machine } from '../../core/machine';
import type { Disposable } from '../../lib/disposables';
import { Disposables } from '../../lib/disposables';
import type { Core } from '../../services/core';
import { signalOf } from '../cancellation';
import { prepareServer } from './prepareServer';

/** What we use of the Jupyter extension's API: https://github.com/microsoft/vscode-jupyter/blob/main/src/api.d.ts */
export interface JupyterApi {
  createJupyterServerCollection(
    id: string,
    label: string,
    provider: JupyterServerProvider,
  ): Disposable & { label: string };
}

export interface JupyterServerProvider {
  readonly onDidChangeServers: vscode.Event<void>;
  provideJupyterServers(token: vscode.CancellationToken): Promise<JupyterServerEntry[]>;
  resolveJupyterServer(
    server: JupyterServerEntry,
    token: vscode.CancellationToken,
  ): Promise<JupyterServerEntry>;
}

export interface JupyterServerEntry {
  readonly id: string;
  readonly label: string;
  readonly connectionInformation?: { readonly baseUrl: vscode.Uri; readonly token: string };
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
  const attached = async () => {
    const entries = await core.machines.list(new AbortController().signal);
    return entries.map(({ machine }) => machine).filter(({ status }) => status.state !== 'detached');
  };
  held.add(
    api.createJupyterServerCollection('trainyard', 'Trainyard Machines', {
      onDidChangeServers: changed.event,
      provideJupyterServers: async () => (await attached()).map(entryOf),
      resolveJupyterServer: async (server, token) => {
        const machine = await core.machines.get(server.id);
        const { server: jupyter } = core.notebooks.on(machine);
        await prepareServer(jupyter, core.attached, signalOf(token));
        const { port } = await core.notebooks.tunnel(machine);
        return {
          ...entryOf(machine),
          connectionInformation: {
            baseUrl: vscode.Uri.parse(`http://127.0.0.1:${port}/`),
            token: jupyter.known?.token ?? '',
          },
        };
      },
    }),
  );
  return held;
}

/** The extension's API; `undefined` where it is not installed. */
export async function jupyterApi(): Promise<JupyterApi | undefined> {
  const extension = vscode.extensions.getExtension<Partial<JupyterApi>>('ms-toolsai.jupyter');
  if (!extension) return undefined;
  const api = await extension.activate();
  return api.createJupyterServerCollection ? (api as JupyterApi) : undefined;
}

function entryOf(machine: Machine): JupyterServerEntry {
  return { id: machine.id, label: machine.label };
}
