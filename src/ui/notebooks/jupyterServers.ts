import type { CancellationToken, Event, Uri } from 'vscode';
import { ProviderError } from '../../core/errors';
import type { Machine } from '../../core/machine';

/** What we use of the Jupyter extension's API: https://github.com/microsoft/vscode-jupyter/blob/main/src/api.d.ts */
export interface JupyterServerProvider {
  readonly onDidChangeServers: Event<void>;
  provideJupyterServers(token: CancellationToken): Promise<JupyterServerEntry[]>;
  resolveJupyterServer(server: JupyterServerEntry, token: CancellationToken): Promise<JupyterServerEntry>;
}

export interface JupyterServerEntry {
  readonly id: string;
  readonly label: string;
  readonly connectionInformation?: { readonly baseUrl: Uri; readonly token: string };
}

export interface JupyterOffer {
  /** The editor's own: who listens may name a `this`. */
  readonly onDidChange: Event<void>;
  /** All that are known, attached or not. */
  readonly machines: () => Promise<readonly Machine[]>;
  /** Has the machine's server run, and gives the port of this computer that leads to it, with its token. */
  readonly reach: (
    machine: Machine,
    token: CancellationToken,
  ) => Promise<{ readonly port: number; readonly token: string }>;
  readonly uri: (text: string) => Uri;
}

/** The servers of the machines that are attached. Where one is and its token are told only for the one that is asked for. */
export function jupyterServers({ onDidChange, machines, reach, uri }: JupyterOffer): JupyterServerProvider {
  const attached = async () => (await machines()).filter(({ status }) => status.state !== 'detached');
  return {
    onDidChangeServers: onDidChange,
    provideJupyterServers: async () => (await attached()).map(({ id, label }) => ({ id, label })),
    resolveJupyterServer: async ({ id }, cancelled) => {
      const machine = (await attached()).find((one) => one.id === id);
      if (!machine) throw new ProviderError('notFound', `This machine is not attached: ${id}`);
      const { port, token } = await reach(machine, cancelled);
      const baseUrl = uri(`http://127.0.0.1:${port}/`);
      return { id, label: machine.label, connectionInformation: { baseUrl, token } };
    },
  };
}
