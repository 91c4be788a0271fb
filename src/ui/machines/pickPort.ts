import * as vscode from 'vscode';
import { messageOf } from '../../core/errors';
import type { ListeningPort } from '../../services/ports/listeningPorts';
import { oneLine } from '../trees/markdown';

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
    // Others may hold the same digits: what was typed in full is what Enter takes. It is always the first, as the editor tells a row by its
    // place, and one that was chosen while the list came would be another's.
    const same = found.find(({ port }) => port?.port === typed) ?? typedItem(typed);
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
        // Who types fast presses Enter before there is a row of what they typed.
        const typed = typedPort(pick.value);
        const port = pick.selectedItems[0]?.port ?? (typed === undefined ? undefined : { port: typed });
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

function typedItem(port: number): PortItem {
  return { label: String(port), description: 'this port', port: { port } };
}

function asItem(port: ListeningPort): PortItem {
  return {
    label: port.name === undefined ? String(port.port) : `${port.name} · ${port.port}`,
    description: oneLine(port.command ?? '', 120),
    port,
  };
}

function typedPort(text: string): number | undefined {
  const port = /^\s*\d{1,5}\s*$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}
