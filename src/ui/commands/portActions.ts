import * as vscode from 'vscode';
import { ProviderError } from '../../core/errors';
import type { Machine } from '../../core/machine';
import type { ListeningPort } from '../../services/ports/listeningPorts';
import type { PortForward } from '../../services/ports/portForwards';
import type { Host } from '../host';
import { attachTo } from '../machines/attachTo';
import { pickPort } from '../machines/pickPort';
import { noMachines } from './machineActions';
import { targetMachine } from './machineTarget';

/** Asks which port of a machine, and says where it is on this computer. */
export async function forwardPort(host: Host, word?: unknown): Promise<void> {
  const machine = await targetMachine(host, word, {
    question: 'Forward a port of which machine?',
    none: noMachines,
  });
  if (!machine || !(await attachTo(host, machine))) return;
  const { remoteFolder } = await host.core.get();
  const { listeningPorts } = await import('../../services/ports/listeningPorts');
  const port = await pickPort(machine.label, (signal) => listeningPorts(machine, remoteFolder, signal));
  if (port) await tellForward(await forward(host, machine, port), machine);
}

export async function openPort(host: Host, word?: unknown): Promise<void> {
  const found = await targetForward(host, word, 'Open which port?');
  if (found) await openInBrowser(found);
}

export async function stopPort(host: Host, word?: unknown): Promise<void> {
  const found = await targetForward(host, word, 'Stop forwarding which port?');
  if (found) (await host.core.get()).ports.stop(found.id);
}

export async function copyPortAddress(host: Host, word?: unknown): Promise<void> {
  const found = await targetForward(host, word, 'Copy the address of which port?');
  if (!found) return;
  await vscode.env.clipboard.writeText(addressOf(found));
  vscode.window.setStatusBarMessage(`Copied ${addressOf(found)}`, 3000);
}

/** The same forward where the port is forwarded already. */
export async function forward(host: Host, machine: Machine, port: ListeningPort): Promise<PortForward> {
  const { ports } = await host.core.get();
  const { name } = port;
  const request = { port: port.port, ...(name !== undefined && { name }) };
  return ports.forward(machine, request, new AbortController().signal);
}

/** In a window that is remote itself the editor brings the port on to where the person sits. */
export async function openInBrowser(found: PortForward): Promise<void> {
  await vscode.env.openExternal(vscode.Uri.parse(addressOf(found)));
}

function addressOf({ localPort }: PortForward): string {
  return `http://127.0.0.1:${localPort}`;
}

async function tellForward(found: PortForward, machine: Machine): Promise<void> {
  const open = 'Open in Browser';
  const what = found.name ?? `Port ${found.remotePort}`;
  const message = `${what} of ${machine.label} is here at 127.0.0.1:${found.localPort}.`;
  if ((await vscode.window.showInformationMessage(message, open)) === open) await openInBrowser(found);
}

/** The forward whose row was clicked, the one named by its id, else the one that a person picks. */
async function targetForward(host: Host, word: unknown, question: string): Promise<PortForward | undefined> {
  const { ports } = await host.core.get();
  const all = ports.list();
  const item = typeof word === 'string' ? word : (word as { readonly item?: unknown } | undefined)?.item;
  if (typeof item === 'string') {
    const found = all.find(({ id }) => id === item);
    if (!found) throw new ProviderError('notFound', 'This port is no longer forwarded.');
    return found;
  }
  if (all.length === 0) {
    void vscode.window.showInformationMessage('No port is forwarded. Forward one with Forward Port….');
    return undefined;
  }
  const items = all.map((one) => ({
    label: one.name ?? String(one.remotePort),
    description: `${one.machine} · ${one.remotePort} at 127.0.0.1:${one.localPort}`,
    one,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: question, matchOnDescription: true }))?.one;
}
