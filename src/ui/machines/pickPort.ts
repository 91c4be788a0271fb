import * as vscode from 'vscode';
import { messageOf } from '../../core/errors';
import type { ListeningPort } from '../../services/ports/listeningPorts';
import { oneLine } from '../trees/markdown';
import { acceptedPort, typedPort } from './typedPort';

interface PortItem extends vscode.QuickPickItem {
  readonly port?: ListeningPort;
}

/** The port that a person picks of those which something listens on, or types. `undefined` when they decline. */
export async function pickPort(
  machine: string,
  listening: (signal: AbortSignal) => Promise<readonly ListeningPort[]>,
): Promise<ListeningPort | undefined> {
  const abort = new AbortController();
  const pick = vscode.window.createQuickPick<PortItem>();
  let found: readonly PortItem[] = [];
  const show = () => {
    const typed = typedPort(pick.value);
    if (typed === undefined) {
      pick.items = found;
      return;
    }
    // Others may hold the same digits: what was typed in full is what Enter takes.
    const same = found.find(({ port }) => port?.port === typed) ?? {
      label: String(typed),
      description: 'this port',
      port: { port: typed },
    };
    pick.items = [same, ...found.filter((item) => item !== same)];
    pick.activeItems = [same];
  };
  try {
    pick.title = `Forward a port of ${machine}`;
    pick.placeholder = 'Pick what listens there, or type a port number';
    pick.matchOnDescription = true;
    pick.busy = true;
    pick.onDidChangeValue(show);
    void listening(abort.signal).then(
      (ports) => {
        found = ports.map(asItem);
        pick.busy = false;
        show();
      },
      (error: unknown) => {
        pick.busy = false;
        pick.placeholder = `Type a port number. ${oneLine(messageOf(error))}`;
      },
    );
    return await new Promise<ListeningPort | undefined>((resolve) => {
      pick.onDidAccept(() => {
        const listed = found.flatMap(({ port }) => port ?? []);
        const port = acceptedPort(pick.selectedItems[0]?.port, pick.value, listed);
        if (port) resolve(port);
      });
      pick.onDidHide(() => {
        resolve(undefined);
      });
      pick.show();
    });
  } finally {
    abort.abort();
    pick.dispose();
  }
}

function asItem(port: ListeningPort): PortItem {
  return {
    label: port.name === undefined ? String(port.port) : `${port.name} · ${port.port}`,
    description: oneLine(port.command ?? '', 120),
    port,
  };
}
